import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, isFault } from '@lockstep/contracts';
import { writeWhole } from '../git/bare';
import { checkSha } from '../git/names';
import { bundleText } from '../objects/pack';
import type { Capture } from '../tree/capture';
import { restoreTree } from '../tree/restore';
import { branchRef, headOf, type Person, type RunContext } from './context';
import { storeCommit } from './history';
import { swapRef } from './ref';
import { newObjects, type Span } from './new-objects';

export const workInProgressRef = 'refs/lockstep/wip';

/** The uncommitted working tree, untracked files included, as a commit on top of `head`. */
export interface WorkInProgress {
  readonly sha: string;
  /** A git bundle that needs `head`. */
  readonly bundle: Buffer;
}

/** What is needed to go on elsewhere, apart from Claude's transcript. */
export interface RunSnapshot {
  readonly head: string;
  /** A git bundle of `since..head`, on top of `since`; null when the two are the same. */
  readonly bundle: Buffer | null;
  readonly since: string;
  /** Null when the working tree is HEAD's, and when it is too large. */
  readonly wip: WorkInProgress | null;
  /** There is work in progress, which takes more than was asked for at most. */
  readonly isTooLarge?: true;
}

/** What `restore` needs: every bundle since the base in order, and the last work in progress. */
export interface RestorePoint {
  readonly head: string;
  readonly bundles: readonly Buffer[];
  readonly wip: WorkInProgress | null;
}

/** Null as soon as it takes more than `maxBytes`. */
const bundleByGit = async (
  { git, layout }: RunContext,
  { ref, since, ...limit }: { ref: string; since: string; maxBytes?: number },
): Promise<Buffer | null> => {
  const args = ['bundle', 'create', '--quiet', '-', ref, `^${since}`];
  const { stdout, cut } = await git.run(args, { gitDir: layout.repository, ...limit });
  return cut ? null : stdout;
};

interface BundleRequest extends Span {
  readonly ref: string;
  readonly maxBytes?: number;
}

/** Without starting git where the objects are at hand, as after a step's commit. Null: it takes more than `maxBytes`. */
const bundleOf = async (context: RunContext, request: BundleRequest): Promise<Buffer | null> => {
  const objects = newObjects(context.reader, request);
  const bundle = objects === null ? await bundleByGit(context, request) : bundleText({ ...request, objects });
  return bundle !== null && bundle.length > (request.maxBytes ?? Infinity) ? null : bundle;
};

const storeWork = async (
  context: RunContext,
  head: string,
  { treeSha, changed }: Pick<Capture, 'treeSha' | 'changed'>,
  { author, date, maxBytes }: Pick<SnapshotRequest, 'author' | 'date' | 'maxBytes'>,
): Promise<Pick<RunSnapshot, 'wip' | 'isTooLarge'>> => {
  const { layout } = context;
  if (changed.length === 0) return { wip: null };
  const sha = storeCommit(context, { treeSha, parent: head, message: 'Work in progress\n', author, date });
  await writeWhole(join(layout.repository, workInProgressRef), `${sha}\n`);
  const limit = maxBytes === undefined ? {} : { maxBytes };
  const bundle = await bundleOf(context, { ref: workInProgressRef, head: sha, since: head, ...limit });
  return bundle === null ? { wip: null, isTooLarge: true } : { wip: { sha, bundle } };
};

export interface SnapshotRequest {
  /** The head of an earlier snapshot that is stored already; the base unless given. */
  readonly since?: string;
  readonly author: Person;
  readonly date: Date;
  /** The working tree as it was captured; false: the commits alone. It is looked at now when left out. */
  readonly work?: Capture | false;
  /** The most that the work in progress may take, packed; more than that isn't even held in memory. No limit when left out. */
  readonly maxBytes?: number;
}

/** Takes a snapshot. Commits since `since` and the working tree. */
export const takeSnapshot = async (
  context: RunContext,
  { since = context.baseSha, work, ...signed }: SnapshotRequest,
): Promise<RunSnapshot> => {
  const head = await headOf(context);
  const ref = branchRef(context.branch);
  const bundle = head === checkSha(since) ? null : await bundleOf(context, { ref, head, since });
  if (work === false) return { head, bundle, since, wip: null };
  const captured = work ?? (await context.reader.capture(head));
  return { head, bundle, since, ...(await storeWork(context, head, captured, signed)) };
};

const unbundle = async ({ git, layout }: RunContext, bundle: Buffer): Promise<void> => {
  const file = join(layout.repository, `incoming.${process.hrtime.bigint()}.bundle`);
  await writeFile(file, bundle);
  try {
    await git.run(['bundle', 'unbundle', file], { gitDir: layout.repository, timeoutMs: 600_000 });
  } finally {
    await rm(file, { force: true });
  }
};

/** Every object of the commit is here. */
const checkWhole = async ({ git, layout, baseSha }: RunContext, sha: string): Promise<void> => {
  await git.run(['rev-list', '--objects', '--quiet', checkSha(sha), `^${baseSha}`, '--'], {
    gitDir: layout.repository,
  });
};

const receive = async (context: RunContext, point: RestorePoint): Promise<void> => {
  // A run at its beginning: the base was checked when the workspace was opened.
  if (point.bundles.length === 0 && point.wip === null && point.head === context.baseSha) return;
  for (const bundle of point.bundles) await unbundle(context, bundle);
  if (point.wip !== null) await unbundle(context, point.wip.bundle);
  await checkWhole(context, point.head);
  if (point.wip !== null) await checkWhole(context, point.wip.sha);
};

/**
 * Brings branch and working tree to a snapshot, wherever they were: the snapshot is the truth, this disk a copy. Doing it
 * again changes nothing. @throws Fault snapshot_unusable
 */
export const restoreSnapshot = async (context: RunContext, point: RestorePoint): Promise<void> => {
  try {
    await receive(context, point);
  } catch (error) {
    const why = isFault(error) ? error.message : String(error);
    throw new Fault(
      'snapshot_unusable',
      `The snapshot of ${context.layout.directory} at ${point.head} cannot be read: ${why}`,
      [],
      { cause: error },
    );
  }
  const before = await headOf(context);
  const ref = branchRef(context.branch);
  const there = before === point.head;
  if (!there && !(await swapRef(context.layout.repository, ref, { from: before, to: point.head })))
    throw new Fault(
      'branch_diverged',
      `The run's branch moved away from ${before} while a snapshot was restored. Take the run anew.`,
    );
  await restoreTree(context.reader, [point.head, before], point.wip?.sha ?? point.head);
};
