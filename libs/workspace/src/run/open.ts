import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@lockstep/contracts';
import { createBare, writeWhole } from '../git/bare';
import type { GitSettings } from '../git/environment';
import { Git } from '../git/git';
import { checkRef, checkRunId, checkSha } from '../git/names';
import type { Mirror } from '../mirror/cache';
import { readIndex } from '../objects/index-file';
import { ObjectStore } from '../objects/store';
import type { TreeEntries } from '../objects/tree';
import { TreeReader, type CaptureLimits } from '../tree/capture';
import { errorCode } from '../tree/folder';
import { StatCache } from '../tree/stat-cache';
import { removeInSlices } from '../tree/removal';
import { removeTree } from '../tree/writer';
import { buildAgentRepository } from './agent-repository';
import { BesideTheTree, forgetBeside } from './beside';
import { checkOut } from './checkout';
import { branchRef, headOf, layoutOf, type RunContext, type RunLayout } from './context';
import { Workspace } from './workspace';

export interface OpenWorkspace {
  readonly settings: GitSettings;
  readonly runId: string;
  readonly mirror: Pick<Mirror, 'directory'>;
  /** The commit that the run's branch begins at. */
  readonly baseSha: string;
  readonly branch: string;
  readonly limits?: Partial<CaptureLimits>;
}

const defaultLimits: CaptureLimits = { maxFiles: 250_000, maxDepth: 200, maxFileBytes: 32 * 1024 * 1024 };

const contextOf = (request: OpenWorkspace, layout: RunLayout): RunContext => {
  const git = new Git(request.settings);
  const store = new ObjectStore(join(layout.repository, 'objects'));
  const stats = new StatCache(join(layout.repository, 'clock'));
  const limits = { ...defaultLimits, ...request.limits };
  const reader = new TreeReader({ git, gitDir: layout.repository, tree: layout.tree, store, stats, limits });
  return {
    git,
    layout,
    mirrorDirectory: request.mirror.directory,
    branch: request.branch,
    baseSha: request.baseSha,
    reader,
    beside: new BesideTheTree(layout, stats),
  };
};

/** The repository appears whole, with its branch, or not at all. */
const ensureRepository = async ({ layout, mirrorDirectory, branch, baseSha }: RunContext): Promise<void> => {
  await createBare({
    directory: layout.repository,
    head: branchRef(branch),
    alternates: [join(mirrorDirectory, 'objects')],
    refs: { [branchRef(branch)]: baseSha, 'refs/lockstep/base': baseSha },
    shallowFile: join(mirrorDirectory, 'shallow'),
  });
};

const checkSameRun = async ({ layout, branch, baseSha }: RunContext): Promise<void> => {
  const base = (await readFile(join(layout.repository, 'refs/lockstep/base'), 'utf8')).trim();
  const head = (await readFile(join(layout.repository, 'HEAD'), 'utf8')).trim();
  if (base === baseSha && head === `ref: ${branchRef(branch)}`) return;
  throw new Fault(
    'git_failed',
    `The workspace ${layout.directory} is of another branch or base (${head}, ${base}). Remove it, then open it anew.`,
  );
};

/** What a process that was killed may have left: locks of git's, and clean rooms with all that was installed in them. Nobody else works here. */
const dropLeftovers = async ({ layout, branch }: RunContext): Promise<void> => {
  await removeInSlices(layout.rooms);
  const names = ['index.lock', 'HEAD.lock', 'packed-refs.lock', `${branchRef(branch)}.lock`, 'refs/lockstep/wip.lock'];
  for (const name of names) await rm(join(layout.repository, name), { force: true });
};

/** The mirror is written by others and may have been made anew: where it lies now is what counts. */
const lendObjects = async ({ layout, mirrorDirectory }: RunContext): Promise<void> => {
  const file = join(layout.repository, 'objects', 'info', 'alternates');
  const text = `${join(mirrorDirectory, 'objects')}\n`;
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeWhole(file, text);
};

const checkBase = async ({ git, layout, baseSha }: RunContext): Promise<void> => {
  const { exitCode } = await git.run(['cat-file', '-e', `${baseSha}^{commit}`], {
    gitDir: layout.repository,
    expectExit: [1, 128],
  });
  if (exitCode !== 0)
    throw new Fault(
      'base_not_found',
      `The base ${baseSha} of ${layout.directory} is not in its mirror. Fetch the repository, or name another base.`,
    );
};

/** A checkout that fails says little; most often the base isn't there. @throws always */
const refusal = async (context: RunContext, error: unknown): Promise<never> => {
  await checkBase(context);
  throw error;
};

/**
 * Nobody has written to a fresh checkout, so its files are known to be HEAD's without being read: their status stands in the index that
 * git has just written. `since`: the file system's clock after that.
 */
const rememberCheckout = async (
  { reader }: RunContext,
  entries: TreeEntries,
  written: { readonly index: Buffer; readonly since: bigint },
): Promise<void> => {
  const { stats } = reader.place;
  let clock = stats.clock();
  for (; clock <= written.since; clock = stats.clock()) await delay(1);
  for (const [path, { sha, status }] of readIndex(written.index)) {
    const entry = entries.get(path);
    if (entry?.sha === sha && entry.mode.startsWith('100')) stats.remember(path, entry, status, clock);
  }
};

const checkedOutMark = ({ repository }: RunLayout): string => join(repository, 'checked-out');

/** Keeps the folder itself, in which the agent's process may have started already, and the `.git` that tells it where it is. */
const emptyTree = (tree: string): void => {
  if (lstatSync(tree, { throwIfNoEntry: false })?.isDirectory() !== true) return removeTree(tree);
  for (const name of readdirSync(tree, { encoding: 'buffer' }) as unknown as Buffer[])
    if (name.toString('latin1') !== '.git') removeTree(Buffer.concat([Buffer.from(`${tree}/`), name]));
};

/** Without the mark, which only a finished checkout has, what lies there is half a tree that no agent has seen. */
const ensureTree = async (context: RunContext): Promise<void> => {
  const { git, layout, branch, reader } = context;
  const mark = checkedOutMark(layout);
  if (existsSync(mark) && existsSync(layout.tree)) return checkBase(context);
  emptyTree(layout.tree);
  const sha = await headOf(context);
  const indexFile = join(layout.repository, 'index');
  await rm(indexFile, { force: true });
  const filling = checkOut({ git, repository: layout.repository, tree: layout.tree, indexFile, sha });
  const [entries] = await Promise.all([reader.entriesOf(sha), filling]).catch((error: unknown) =>
    refusal(context, error),
  );
  const written = { index: await readFile(indexFile), since: reader.place.stats.clock() };
  const { tree, repository } = layout;
  await buildAgentRepository({ tree, repository, branch, head: sha, index: written.index });
  await rememberCheckout(context, entries, written);
  await writeWhole(mark, `${sha}\n`);
};

const makeFolders = async ({
  settings,
  runId,
  branch,
}: Pick<OpenWorkspace, 'settings' | 'runId' | 'branch'>): Promise<RunLayout> => {
  checkRef(branch);
  const layout = layoutOf(settings.root, checkRunId(runId));
  for (const folder of [layout.home, layout.claude, layout.reports]) await mkdir(folder, { recursive: true });
  return layout;
};

/**
 * Makes the folders of a run before its base is known, so that the agent's process can start in them meanwhile: it looks for a
 * repository once, at its start. Twice is fine, and before and after `openWorkspace` too.
 */
export const beginWorkspace = async (
  request: Pick<OpenWorkspace, 'settings' | 'runId' | 'branch'>,
): Promise<RunLayout> => {
  const layout = await makeFolders(request);
  const { tree, repository } = layout;
  const { branch } = request;
  if (existsSync(checkedOutMark(layout)) || existsSync(join(tree, '.git'))) return layout;
  await mkdir(tree, { recursive: true });
  await buildAgentRepository({ tree, repository, branch, head: null, index: join(repository, 'index') });
  return layout;
};

/**
 * Opens the workspace of a run: `<root>/runs/<runId>`. Called again, also after a crash in between, it goes on with what is
 * there: commits and working tree stay.
 * @throws Fault base_not_found, git_failed (the folder is of another branch or base)
 */
export const openWorkspace = async (request: OpenWorkspace): Promise<Workspace> => {
  checkSha(request.baseSha);
  const layout = await makeFolders(request);
  const context = contextOf(request, layout);
  await ensureRepository(context);
  await checkSameRun(context);
  await lendObjects(context);
  await dropLeftovers(context);
  await ensureTree(context);
  return new Workspace(context);
};

export interface WorkspaceFolder {
  readonly runId: string;
  readonly directory: string;
  /** When the folder's contents last came or went. */
  readonly changedAt: Date;
}

/** The workspaces on this disk, for a pruner. */
export const listWorkspaces = async (root: string): Promise<WorkspaceFolder[]> => {
  const names = await readdir(join(root, 'runs')).catch(() => []);
  const found = names.map(async (runId): Promise<WorkspaceFolder[]> => {
    const directory = join(root, 'runs', runId);
    // One that is removed meanwhile is none.
    const status = await stat(directory).catch(() => undefined);
    return status === undefined ? [] : [{ runId, directory, changedAt: status.mtime }];
  });
  return (await Promise.all(found)).flat();
};

const aside = '.removed-';

/** Takes a run's folder out of the way, at once and without opening it; the function that comes back removes it. */
export const setWorkspaceAside = async (root: string, runId: string): Promise<() => Promise<void>> => {
  const { directory } = layoutOf(root, checkRunId(runId));
  forgetBeside(directory);
  const place = join(root, 'runs', `${aside}${runId}-${process.hrtime.bigint()}`);
  // The end of a run and a pruner may both be at it.
  await rename(directory, place).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
  return () => removeInSlices(place);
};

/** Removes a run's folder without opening it. Twice is fine. */
export const removeWorkspace = async (root: string, runId: string): Promise<void> =>
  (await setWorkspaceAside(root, runId))();

/** Removes what a process that died had set aside and not yet removed. */
export const removeLeftovers = async (root: string): Promise<void> => {
  for (const folder of ['runs', 'mirrors'].map((name) => join(root, name)))
    for (const name of await readdir(folder).catch(() => []))
      if (name.startsWith(aside)) await removeInSlices(join(folder, name));
};
