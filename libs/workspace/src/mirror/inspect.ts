import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '@lockstep/contracts';
import { createBare } from '../git/bare';
import { defaultPath, ensureConfig, gitEnvironment } from '../git/environment';
import { Git } from '../git/git';
import { bytePath, toText } from '../objects/paths';

/** A repository on this machine, as it is now. */
export interface LocalRepository {
  /** The top of its working tree; the repository itself when it is bare. */
  readonly root: string;
  /** `null` before the first commit. */
  readonly head: string | null;
  /** Short name of the branch; `null` when HEAD is detached. */
  readonly branch: string | null;
  /** There is something that a checkout of HEAD would not have. */
  readonly dirty: boolean;
  /** The first hundred such paths: changed against HEAD or the index, or untracked and not ignored. */
  readonly changes: readonly { readonly path: string; readonly untracked: boolean }[];
}

export interface InspectSettings {
  readonly path?: string;
}

const shownChanges = 100;

interface Found {
  readonly root: string;
  readonly gitDir: string;
  readonly commonDir: string;
  readonly bare: boolean;
}

const notARepository = (path: string, why: string): Fault =>
  new Fault('repository_unreachable', `There is no git repository at ${path}: ${why}. Give the folder that holds one.`);

type Ask = (
  args: readonly string[],
) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly message: string }>;

/** Asks `rev-parse` and the like, which read that repository's configuration and refs and carry out none of it. */
const askIn = (path: string, scratch: string, settings: InspectSettings): Ask => {
  const config = ensureConfig(join(scratch, 'git', 'config'), ['*']);
  const env = gitEnvironment({ root: scratch, allowLocal: true, path: settings.path ?? defaultPath }, config);
  return async (args) => {
    const result = await execa('git', args, { env, extendEnv: false, cwd: path, reject: false, timeout: 30_000 });
    return {
      exitCode: result.exitCode ?? -1,
      stdout: result.stdout,
      message: result.stderr || (result.shortMessage ?? ''),
    };
  };
};

const find = async (path: string, ask: Ask): Promise<Found> => {
  const places = [
    'rev-parse',
    '--path-format=absolute',
    '--is-bare-repository',
    '--absolute-git-dir',
    '--git-common-dir',
  ];
  const { exitCode, stdout, message } = await ask(places);
  if (exitCode !== 0) throw notARepository(path, message.trim().slice(0, 500));
  const [bare = '', gitDir = '', commonDir = ''] = stdout.split('\n');
  if (bare === 'true') return { root: gitDir, gitDir, commonDir, bare: true };
  const top = await ask(['rev-parse', '--path-format=absolute', '--show-toplevel']);
  if (top.exitCode !== 0) throw notARepository(path, top.message.trim().slice(0, 500));
  return { root: top.stdout, gitDir, commonDir, bare: false };
};

const copyIfThere = async (from: string, to: string): Promise<void> => {
  if (existsSync(from)) await copyFile(from, to);
};

/**
 * A repository of ours over their objects, with a copy of their index: their configuration, hooks and filters are not in it,
 * so that comparing the working tree carries nothing of theirs out.
 */
const shadow = async ({ gitDir, commonDir }: Found, directory: string): Promise<void> => {
  await createBare({ directory, head: 'refs/heads/none', alternates: [join(commonDir, 'objects')] });
  await rm(join(directory, 'info', 'attributes'));
  await copyIfThere(join(commonDir, 'info', 'exclude'), join(directory, 'info', 'exclude'));
  await copyIfThere(join(gitDir, 'index'), join(directory, 'index'));
  const shared = readdirSync(gitDir).filter((name) => name.startsWith('sharedindex.'));
  for (const name of shared) await copyFile(join(gitDir, name), join(directory, name));
};

const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

const compare = async (
  found: Found,
  head: string | null,
  scratch: string,
  settings: InspectSettings,
): Promise<LocalRepository['changes']> => {
  const git = new Git({ root: scratch, allowLocal: true, path: settings.path ?? defaultPath });
  const gitDir = join(scratch, 'shadow.git');
  await shadow(found, gitDir);
  const call = { gitDir, workTree: found.root, indexFile: join(gitDir, 'index') };
  const list = async (args: readonly string[]): Promise<string[]> =>
    (await git.run(args, call)).stdout.toString('latin1').split('\0').filter(Boolean);
  const still = ['--no-ext-diff', '--no-textconv', '--ignore-submodules=all', '-z', '--name-only'];
  const tracked = new Set([
    ...(await list(['diff-index', '--cached', ...still, head ?? emptyTree, '--'])),
    ...(await list(['diff-files', ...still, '--'])),
  ]);
  const untracked = await list([
    'ls-files',
    '--others',
    '--exclude-standard',
    '--directory',
    '--no-empty-directory',
    '-z',
    '--',
  ]);
  return [
    ...[...tracked].map((path) => ({ path: toText(bytePath(path)), untracked: false })),
    ...untracked.map((path) => ({ path: toText(bytePath(path)), untracked: true })),
  ];
};

const inspect = async (path: string, scratch: string, settings: InspectSettings): Promise<LocalRepository> => {
  const real = await realpath(path).catch(() => {
    throw notARepository(path, 'the folder does not exist');
  });
  const ask = askIn(real, scratch, settings);
  const found = await find(real, ask);
  const sha = await ask(['rev-parse', '--verify', '--quiet', 'HEAD']);
  const branch = await ask(['symbolic-ref', '--short', '--quiet', 'HEAD']);
  const head = sha.exitCode === 0 ? sha.stdout : null;
  const changes = found.bare ? [] : await compare(found, head, scratch, settings);
  return {
    root: found.root,
    head,
    branch: branch.exitCode === 0 ? branch.stdout : null,
    dirty: changes.length > 0,
    changes: changes.slice(0, shownChanges),
  };
};

/**
 * Looks at a repository on this machine without carrying out anything that it contains: no hook, no filter, no file system
 * monitor, nothing of a nested repository. Files that a filter of theirs converts count as unchanged while their index says
 * so. Submodules are not looked into. @throws Fault repository_unreachable
 */
export const inspectLocalRepository = async (
  path: string,
  settings: InspectSettings = {},
): Promise<LocalRepository> => {
  const scratch = await mkdtemp(join(tmpdir(), 'lockstep-inspect-'));
  try {
    return await inspect(path, scratch, settings);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
