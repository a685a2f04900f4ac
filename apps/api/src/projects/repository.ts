import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, normalize, resolve } from 'node:path';
import { Fault } from '@lockstep/contracts';

export interface RepositoryRules {
  readonly allowLocalRepositories: boolean;
}

const refuse = (what: string): never => {
  throw new Fault('repository_not_allowed', `${what} Give an https or ssh URL.`, [
    { pointer: '/repository', message: what },
  ]);
};

/** `user@host:path`, as git's own short form of ssh has it. */
const shortSsh = /^[\w][\w.-]*@[a-z\d][a-z\d.-]*:(?!\/\/)[\w~/.][^\s\\]*$/i;

const odd = /[\u0000-\u0020\u007f]/;

/**
 * The repository as it is stored, once it has been looked at. A path must lead to a git repository of this machine, which is told by
 * its files alone: nothing in it is run, since anybody may have planted something there. Faults: `repository_not_allowed`,
 * `repository_unreachable`.
 */
export async function checkRepository(repository: string, rules: RepositoryRules): Promise<string> {
  if (isAbsolute(repository)) return checkFolder(repository, rules);
  if (odd.test(repository)) refuse('The repository holds spaces or control characters.');
  if (!shortSsh.test(repository)) checkUrl(repository);
  return repository;
}

function checkUrl(repository: string): void {
  if (!URL.canParse(repository)) refuse(`${JSON.stringify(repository)} is neither an absolute path nor a URL.`);
  const { protocol, username, password, hostname, pathname } = new URL(repository);
  if (protocol !== 'https:' && protocol !== 'ssh:') refuse(`${protocol}// repositories are not used here.`);
  if (password !== '' || (protocol === 'https:' && username !== ''))
    refuse('The URL holds a credential, which would be stored in the clear.');
  if (hostname === '' || hostname.startsWith('-') || username.startsWith('-')) refuse('The URL names no proper host.');
  if (pathname.length < 2) refuse('The URL names a host and no repository.');
}

async function checkFolder(path: string, { allowLocalRepositories }: RepositoryRules): Promise<string> {
  if (!allowLocalRepositories)
    refuse(`The operator does not allow local repositories (LOCKSTEP_ALLOW_LOCAL_REPOSITORIES), such as ${path}.`);

  if (/[\u0000-\u001f\u007f]/.test(path)) refuse('The path holds control characters.');
  const folder = normalize(path).replace(/(?<=.)\/+$/, '');
  if ((await isGitFolder(folder)) || (await isGitFolder(await gitFolderOf(folder)))) return folder;
  throw new Fault(
    'repository_unreachable',
    `There is no git repository at ${folder}. Check the path, or run git init.`,
    [{ pointer: '/repository', message: 'is no git repository' }],
  );
}

/** A work tree's `.git` is a folder, or a file that names one (worktrees, submodules). */
async function gitFolderOf(folder: string): Promise<string> {
  const git = resolve(folder, '.git');
  const pointed = await text(git);
  const target = /^gitdir: (.+?)\s*$/.exec(pointed ?? '')?.[1];
  return target === undefined ? git : resolve(folder, target);
}

/** What git itself looks for: HEAD, and objects and refs beside it or, for a worktree, in the folder that `commondir` names. */
async function isGitFolder(folder: string): Promise<boolean> {
  const head = await text(resolve(folder, 'HEAD'));
  if (head === undefined || !/^(ref: refs\/|[0-9a-f]{40,64}\s*$)/.test(head)) return false;
  const common = await text(resolve(folder, 'commondir'));
  const shared = common === undefined ? folder : resolve(folder, common.trim());
  return (await isFolder(resolve(shared, 'objects'))) && (await isFolder(resolve(shared, 'refs')));
}

/** The text of a small regular file; undefined for everything else, so that no pipe or device is ever read. */
async function text(path: string): Promise<string | undefined> {
  try {
    const { size, isFile } = await stat(path).then((file) => ({ size: file.size, isFile: file.isFile() }));
    return isFile && size <= 4096 ? await readFile(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (file) => file.isDirectory(),
    () => false,
  );
