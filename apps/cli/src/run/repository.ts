import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { simpleGit, type SimpleGit } from 'simple-git';
import { Fault } from '@lockstep/contracts';

export interface RepositoryRequest {
  /** As it was typed. */
  readonly repository: string;
  readonly base: string | undefined;
  /** The plan's file: that it is not committed is no obstacle. */
  readonly planFile: string;
}

export interface ChosenRepository {
  /** As the API takes it: an absolute path, or the URL. */
  readonly repository: string;
  /** The plan's path in the repository, where it is committed there. */
  readonly planPath: string | undefined;
}

/** `https://…`, `ssh://…` or git's short form `user@host:path`. */
export const isRemote = (text: string): boolean =>
  /^[a-z][a-z\d+.-]*:\/\//i.test(text) || /^[\w.-]+@[\w.-]+:/.test(text);

/**
 * The repository that a run is to use. A local one is looked at first: a run starts from commits, so that what is not committed would
 * silently be left out. @throws Fault repository_unreachable, repository_dirty, base_not_found, config_invalid
 */
export async function chooseRepository(request: RepositoryRequest): Promise<ChosenRepository> {
  const { repository, base, planFile } = request;
  if (isRemote(repository)) return { repository, planPath: undefined };
  const folder = folderAt(repository);
  const git = simpleGit(folder);
  const top = await topOf(git, folder);
  const planPath = pathWithin(top, planFile);
  if (base === undefined) await refuseUncommitted(git, top, planPath);
  else await checkBase(git, top, base);
  return { repository: top, planPath: (await isCommitted(git, planPath, base)) ? planPath : undefined };
}

function folderAt(path: string): string {
  const folder = resolve(path);
  if (existsSync(folder) && statSync(folder).isDirectory()) return realpathSync(folder);
  throw new Fault('bad_request', `There is no folder ${folder}. Give --repo the path or the URL of a git repository.`);
}

async function topOf(git: SimpleGit, folder: string): Promise<string> {
  if (!(await git.checkIsRepo()))
    throw new Fault(
      'bad_request',
      `${folder} is no git repository. Run \`git init\` and commit in it, or give another --repo.`,
    );
  if ((await git.revparse(['--is-bare-repository'])).trim() === 'true') return folder;
  const top = realpathSync((await git.revparse(['--show-toplevel'])).trim());
  if (top !== folder)
    throw new Fault(
      'bad_request',
      `${folder} is a folder inside the repository ${top}. Plans are carried out in a whole repository: give --repo ${top}`,
    );
  return top;
}

async function refuseUncommitted(git: SimpleGit, top: string, planPath: string | undefined): Promise<void> {
  const head = await git.raw(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']).catch(() => '');
  if (head.trim() === '')
    throw new Fault('base_not_found', `${top} has no commit yet. Commit something; a run starts from there.`);
  if ((await git.revparse(['--is-bare-repository'])).trim() === 'true') return;
  const { files } = await git.status(['--untracked-files=all']);
  const changed = files.map(({ path }) => path).filter((path) => path !== planPath);
  if (changed.length === 0) return;
  throw new Fault(
    'repository_dirty',
    `${top} has uncommitted changes, which a run would leave out: ${shown(changed)}. Commit or stash them, or name the commit to start from with --base (for instance --base HEAD).`,
  );
}

const shown = (paths: readonly string[]): string =>
  `${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}`;

async function checkBase(git: SimpleGit, top: string, base: string): Promise<void> {
  const found = await git
    .raw(['rev-parse', '--verify', '--quiet', '--end-of-options', `${base}^{commit}`])
    .catch(() => '');
  if (found.trim() === '')
    throw new Fault('base_not_found', `${top} has no branch, tag or commit ${base}. Name one that \`git log\` shows.`);
}

function pathWithin(top: string, file: string): string | undefined {
  const path = relative(top, realpathSync(file));
  return path.startsWith('..') || isAbsolute(path) ? undefined : path.split(sep).join('/');
}

const isCommitted = async (git: SimpleGit, path: string | undefined, base = 'HEAD'): Promise<boolean> =>
  path !== undefined &&
  (await git.raw(['cat-file', '-e', `${base}:${path}`]).then(
    () => true,
    () => false,
  ));
