import type { BigIntStats } from 'node:fs';
import { Fault } from '@lockstep/contracts';
import { childOf, foldersAbove, isReservedLink, isReservedName, type BytePath } from '../objects/paths';
import type { TreeEntries, TreeEntry } from '../objects/tree';
import { errorCode, Folder } from './folder';
import type { IgnoreOracle } from './ignore';
import { Slices } from './slices';

/** Why something in the working tree is not part of the captured tree. What HEAD has under that path stays as HEAD has it. */
export type SkipReason = 'too_large' | 'unreadable' | 'special_file' | 'reserved_name' | 'too_deep' | 'unstable';

export interface SkippedPath {
  readonly path: BytePath;
  readonly reason: SkipReason;
}

export interface WalkResult {
  readonly entries: Map<BytePath, TreeEntry>;
  readonly nestedRepositories: BytePath[];
  readonly skipped: SkippedPath[];
  /** What is there and not in the tree: ignored, of another repository, or impossible to take. Folders stand for what they hold. */
  readonly leftOut: BytePath[];
}

export interface WalkLimits {
  readonly maxFiles: number;
  readonly maxDepth: number;
}

/** Reads a file or link, stores its content and gives its entry, or says why it can't. */
export type ReadEntry = (
  folder: Folder,
  name: BytePath,
  path: BytePath,
  status: BigIntStats,
) => TreeEntry | SkipReason | undefined;

interface Child {
  readonly name: BytePath;
  readonly path: BytePath;
  readonly status: BigIntStats;
}

/** The paths that are tracked: they stay even if ignored, and folders that hold one are always entered. */
class Tracked {
  private readonly folders = new Set<BytePath>();

  constructor(readonly entries: TreeEntries) {
    for (const path of entries.keys()) {
      for (const folder of foldersAbove(path)) {
        if (this.folders.has(folder)) break;
        this.folders.add(folder);
      }
    }
  }

  holds({ path, status }: Child): boolean {
    return status.isDirectory() ? this.folders.has(path) || this.isGitlink(path) : this.entries.has(path);
  }

  hasUnder(path: BytePath): boolean {
    return this.folders.has(path);
  }

  isGitlink(path: BytePath): boolean {
    return this.entries.get(path)?.mode === '160000';
  }
}

/**
 * Our own walk of a tree that others write to: no symbolic link is followed, no `.git` is looked into, nothing but regular
 * files is opened.
 */
class Walk {
  readonly result: WalkResult = { entries: new Map(), nestedRepositories: [], skipped: [], leftOut: [] };
  private readonly tracked: Tracked;
  private readonly slices = new Slices();

  constructor(
    tracked: TreeEntries,
    private readonly ignore: IgnoreOracle,
    private readonly read: ReadEntry,
    private readonly limits: WalkLimits,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.tracked = new Tracked(tracked);
  }

  /** `ignoring`: a `.gitignore` above, or what we exclude ourselves, may leave paths out here. */
  async folder(folder: Folder, path: BytePath, depth: number, ignoring: boolean): Promise<void> {
    const names = folder.names();
    if (depth > 0 && names.some((name) => name === '.git')) {
      this.result.nestedRepositories.push(path);
      const isOurs = this.tracked.hasUnder(path);
      this.result.leftOut.push(isOurs ? childOf(path, '.git') : path);
      if (!isOurs) return;
    }
    const children = this.children(folder, path, names);
    const mayIgnore = ignoring || names.includes('.gitignore' as BytePath);
    const unknown = mayIgnore ? children.filter((child) => !this.tracked.holds(child)) : [];
    const ignored = await this.ignore.ask(unknown.map((child) => child.path));
    for (const child of children) {
      if (ignored.has(child.path)) this.result.leftOut.push(child.path);
      else if (child.status.isDirectory()) await this.enter(folder, child, depth + 1, mayIgnore);
      else this.leaf(folder, child);
      if (this.slices.isOver) await this.rest();
    }
  }

  private children(folder: Folder, path: BytePath, names: readonly BytePath[]): Child[] {
    const children: Child[] = [];
    for (const name of names) {
      if (name === '.git') continue;
      const child = childOf(path, name);
      if (isReservedName(name)) this.skip(child, 'reserved_name');
      else {
        const status = this.statusOf(folder, name, child);
        if (status !== undefined) children.push({ name, path: child, status });
      }
    }
    return children;
  }

  private statusOf(folder: Folder, name: BytePath, path: BytePath): BigIntStats | undefined {
    try {
      return folder.status(name);
    } catch {
      this.skip(path, 'unreadable');
      return undefined;
    }
  }

  private async enter(parent: Folder, { name, path }: Child, depth: number, ignoring: boolean): Promise<void> {
    if (this.tracked.isGitlink(path)) return this.keep(path);
    if (depth > this.limits.maxDepth) return this.skip(path, 'too_deep');
    const folder = this.open(parent, name, path);
    if (folder === undefined) return;
    try {
      await this.folder(folder, path, depth, ignoring);
    } finally {
      folder.close();
    }
  }

  private open(parent: Folder, name: BytePath, path: BytePath): Folder | undefined {
    try {
      return parent.child(name);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.skip(path, errorCode(error) === 'EACCES' ? 'unreadable' : 'unstable');
      return undefined;
    }
  }

  private leaf(folder: Folder, { name, path, status }: Child): void {
    if (!status.isFile() && !status.isSymbolicLink()) return this.skip(path, 'special_file');
    if (status.isSymbolicLink() && isReservedLink(name)) return this.skip(path, 'reserved_name');
    const entry = this.read(folder, name, path, status);
    if (typeof entry === 'string') this.skip(path, entry);
    else if (entry !== undefined) this.add(path, entry);
  }

  private add(path: BytePath, entry: TreeEntry): void {
    this.result.entries.set(path, entry);
    if (this.result.entries.size > this.limits.maxFiles) {
      throw new Fault(
        'workspace_too_large',
        `The working tree holds more than ${this.limits.maxFiles} files that git does not ignore. Ignore what is generated (a .gitignore for dependencies is the usual cure), then try again.`,
      );
    }
  }

  /** What can't be read is not thereby deleted: the tracked files at and under it stay. */
  private skip(path: BytePath, reason: SkipReason): void {
    this.result.skipped.push({ path, reason });
    this.result.leftOut.push(path);
    this.keep(path);
    if (!this.tracked.hasUnder(path)) return;
    for (const [tracked, entry] of this.tracked.entries) if (tracked.startsWith(`${path}/`)) this.add(tracked, entry);
  }

  private keep(path: BytePath): void {
    const entry = this.tracked.entries.get(path);
    if (entry !== undefined) this.add(path, entry);
  }

  private async rest(): Promise<void> {
    await this.slices.rest();
    this.signal?.throwIfAborted();
  }
}

export interface WalkRequest {
  readonly tree: string;
  readonly tracked: TreeEntries;
  readonly ignore: IgnoreOracle;
  readonly read: ReadEntry;
  readonly limits: WalkLimits;
  /** Ends the walk with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Walks a working tree. @throws TreeMoved when it is replaced under the walk; Fault workspace_too_large */
export const walkTree = async ({ tree, tracked, ignore, read, limits, signal }: WalkRequest): Promise<WalkResult> => {
  const walk = new Walk(tracked, ignore, read, limits, signal);
  const root = Folder.openRoot(tree);
  try {
    await walk.folder(root, '' as BytePath, 0, ignore.excludesOurselves());
  } finally {
    root.close();
  }
  return walk.result;
};
