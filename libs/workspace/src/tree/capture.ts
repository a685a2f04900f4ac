import type { BigIntStats } from 'node:fs';
import { Fault } from '@lockstep/contracts';
import type { Git } from '../git/git';
import { toText, type BytePath } from '../objects/paths';
import type { ObjectStore } from '../objects/store';
import {
  compareEntries,
  parseListing,
  writeTree,
  type EntryMode,
  type TreeChange,
  type TreeEntries,
  type TreeEntry,
} from '../objects/tree';
import { errorCode, type Folder } from './folder';
import { IgnoreOracle, TreeMoved } from './ignore';
import type { StatCache } from './stat-cache';
import { walkTree, type ReadEntry, type SkipReason, type WalkLimits, type WalkResult } from './walk';

export interface CaptureLimits extends WalkLimits {
  /** Files larger than this are skipped. */
  readonly maxFileBytes: number;
}

/** The working tree at one moment, as git objects of ours. */
export interface Capture {
  readonly treeSha: string;
  /** Against HEAD, in path order. */
  readonly changed: readonly TreeChange[];
  /**
   * Folders with a `.git` of their own. Left out wholly, unless HEAD has files in them: then those files count as anywhere
   * else and only the `.git` is left out.
   */
  readonly nestedRepositories: readonly string[];
  /** What could not be taken; for tracked files, what HEAD has was taken instead. */
  readonly skipped: readonly { readonly path: string; readonly reason: SkipReason }[];
  /** Everything that is there and not in this tree, what git ignores included; folders stand for what they hold. */
  readonly leftOut: readonly string[];
}

export interface CapturePlace {
  readonly git: Git;
  readonly gitDir: string;
  readonly tree: string;
  readonly store: ObjectStore;
  readonly stats: StatCache;
  readonly limits: CaptureLimits;
}

interface FoundContent {
  readonly mode: EntryMode;
  readonly content: Buffer;
  /** The file's status, when it did not change while it was read. */
  readonly settled?: BigIntStats;
}

const readProblem = (error: unknown): SkipReason | undefined => {
  switch (errorCode(error)) {
    case 'ENOENT':
      return undefined;
    case 'ELOOP':
    case 'EINVAL':
    case 'ENXIO':
      return 'unstable';
    case 'EACCES':
    case 'EPERM':
    case 'EIO':
      return 'unreadable';
    default:
      throw error;
  }
};

const readContent = (
  folder: Folder,
  name: BytePath,
  status: BigIntStats,
  maxBytes: number,
): FoundContent | SkipReason | undefined => {
  try {
    if (status.isSymbolicLink()) return { mode: '120000', content: folder.link(name) };
    const { content, before, after } = folder.read(name, maxBytes);
    if (!before.isFile()) return 'unstable';
    if (content.length > maxBytes) return 'too_large';
    const mode: EntryMode = (before.mode & 0o100n) === 0n ? '100644' : '100755';
    const settled = before.ctimeNs === after.ctimeNs && before.size === BigInt(content.length);
    return settled ? { mode, content, settled: before } : { mode, content };
  } catch (error) {
    return readProblem(error);
  }
};

const tries = 3;
const keptListings = 8;

export const textChanges = (changes: readonly { path: BytePath; status: TreeChange['status'] }[]): TreeChange[] =>
  changes.map(({ path, status }) => ({ path: toText(path), status }));

/** Reads working trees into our repository, and trees of our repository into entries. */
export class TreeReader {
  private readonly listings = new Map<string, TreeEntries>();

  constructor(readonly place: CapturePlace) {}

  /** The entries of a tree or commit of ours. */
  async entriesOf(treeish: string): Promise<TreeEntries> {
    const kept = this.listings.get(treeish);
    if (kept !== undefined) return kept;
    const { git, gitDir, store } = this.place;
    const { stdout } = await git.run(['ls-tree', '-r', '-t', '-z', '--full-tree', treeish], { gitDir });
    const { entries, objects } = parseListing(stdout);
    store.learn(objects);
    return this.keep(treeish, entries);
  }

  /** The entries of a tree or commit, where they are known without asking git. */
  known(treeish: string): TreeEntries | undefined {
    return this.listings.get(treeish);
  }

  /** The listing of a tree counts for the commit that was made of it. */
  alias(treeish: string, treeSha: string): void {
    const entries = this.listings.get(treeSha);
    if (entries !== undefined) this.keep(treeish, entries);
  }

  /** Stores these entries as a tree and gives its id. */
  write(entries: TreeEntries): string {
    const treeSha = writeTree(this.place.store, entries);
    this.keep(treeSha, entries);
    return treeSha;
  }

  /** The working tree as entries, every content stored. `tracked` paths are taken even if they are ignored. */
  async read(tracked: TreeEntries, signal?: AbortSignal): Promise<WalkResult> {
    for (let left = tries; ; left -= 1) {
      try {
        return await this.walk(tracked, signal);
      } catch (error) {
        if (!(error instanceof TreeMoved) && errorCode(error) !== 'ENOENT') throw error;
        if (left === 1) throw this.restless(error);
      }
    }
  }

  async capture(headTree: string, signal?: AbortSignal): Promise<Capture> {
    const head = await this.entriesOf(headTree);
    const { entries, nestedRepositories, skipped, leftOut } = await this.read(head, signal);
    return {
      treeSha: this.write(entries),
      changed: textChanges(compareEntries(head, entries)),
      nestedRepositories: nestedRepositories.map(toText),
      skipped: skipped.map(({ path, reason }) => ({ path: toText(path), reason })),
      leftOut: leftOut.map(toText),
    };
  }

  private async walk(tracked: TreeEntries, signal: AbortSignal | undefined): Promise<WalkResult> {
    const { tree, limits, stats } = this.place;
    const ignore = new IgnoreOracle(this.place);
    const clock = stats.clock();
    try {
      const read: ReadEntry = (...child) => this.entry(clock, ...child);
      return await walkTree({ tree, tracked, ignore, limits, signal, read });
    } finally {
      await ignore.close();
    }
  }

  private entry(
    clock: bigint,
    folder: Folder,
    name: BytePath,
    path: BytePath,
    status: BigIntStats,
  ): TreeEntry | SkipReason | undefined {
    const cached = this.place.stats.find(path, status);
    if (cached !== undefined) return cached;
    const found = readContent(folder, name, status, this.place.limits.maxFileBytes);
    if (found === undefined || typeof found === 'string') return found;
    const entry = { mode: found.mode, sha: this.place.store.write('blob', found.content) };
    if (found.settled === undefined) this.place.stats.forget(path);
    else this.place.stats.remember(path, entry, found.settled, clock);
    return entry;
  }

  private keep(treeish: string, entries: TreeEntries): TreeEntries {
    this.listings.delete(treeish);
    this.listings.set(treeish, entries);
    const oldest = this.listings.keys().next().value;
    if (this.listings.size > keptListings && oldest !== undefined) this.listings.delete(oldest);
    return entries;
  }

  private restless(error: unknown): Fault {
    const why = error instanceof Error ? error.message : String(error);
    return new Fault(
      'git_failed',
      `The working tree ${this.place.tree} cannot be read (${why}). End what writes to it, then try again.`,
      [],
      { cause: error },
    );
  }
}
