import { indexOf } from '../objects/index-file';
import type { TreeChange } from '../objects/tree';
import { textChanges, type Capture } from '../tree/capture';
import { changesSince, restoreTree } from '../tree/restore';
import { removeInSlices } from '../tree/removal';
import { buildAgentRepository } from './agent-repository';
import { forgetBeside, type BesideTheTree } from './beside';
import { openCleanRoom, type CleanRoom } from './clean-room';
import { hasWhole, listPaths, readLinks, readText } from './contents';
import { headOf, type RunContext, type RunLayout } from './context';
import {
  addDocument,
  putBack,
  advanceBranch,
  listChanges,
  readDiff,
  readLog,
  storeCommit,
  type CommitIntent,
  type DiffText,
  type LogEntry,
} from './history';
import { pushBranch, type PushRequest } from './push';
import { restoreSnapshot, takeSnapshot, type RestorePoint, type RunSnapshot, type SnapshotRequest } from './snapshot';

const diffBytes = 1024 * 1024;

/**
 * The isolated checkout of a run. Two repositories meet in it: `repository` is ours, holds the branch and is written through
 * this object alone; `tree/.git` is the agent's, disposable, and git is never run in it. Calls that touch the tree or the
 * branch wait for each other.
 */
export class Workspace {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly context: RunContext) {}

  get layout(): RunLayout {
    return this.context.layout;
  }

  /** The checkout: working directory of the agent and of the checks. */
  get tree(): string {
    return this.context.layout.tree;
  }

  get branch(): string {
    return this.context.branch;
  }

  /** What checks may execute or read and no commit holds: ignored files, and the run's HOME. */
  get beside(): BesideTheTree {
    return this.context.beside;
  }

  get baseSha(): string {
    return this.context.baseSha;
  }

  /** What the agent must be able to read, and must not be able to write, for its `.git` to work. */
  get borrowed(): readonly string[] {
    return [this.context.layout.repository, this.context.mirrorDirectory];
  }

  head(): Promise<string> {
    return headOf(this.context);
  }

  /**
   * Reads the working tree into a tree of ours. Everything that git would take: files, executable bits, symbolic links, minus
   * what `.gitignore` leaves out; bytes as they are, without any conversion. `signal` ends the walk, and is what it rejects with.
   */
  capture(signal?: AbortSignal): Promise<Capture> {
    return this.alone(async () => this.context.reader.capture(await this.head(), signal));
  }

  /** What changed, appeared or vanished in the working tree against a captured tree. Empty: it still is the one that was written. */
  changedSince(treeSha: string): Promise<TreeChange[]> {
    return this.alone(async () => textChanges(await changesSince(this.context.reader, [await this.head()], treeSha)));
  }

  /** Puts the working tree back to a tree (or a commit's). What git ignores stays. */
  restoreTree(treeSha: string): Promise<void> {
    return this.alone(async () => restoreTree(this.context.reader, [await this.head()], treeSha));
  }

  /** A tree with a document of ours (UTF-8) put in; the document is written to the working tree too. */
  addToTree(treeSha: string, document: { path: string; content: string }): Promise<string> {
    return this.alone(() => addDocument(this.context, treeSha, document));
  }

  /** Puts single paths of the working tree back to what the branch has of them. */
  putBack(paths: readonly string[]): Promise<void> {
    return this.alone(async () => putBack(this.context, await this.head(), paths));
  }

  /** Stores the commit of an intent and gives its hash: the same intent, the same hash. The branch does not move. */
  commit(intent: CommitIntent): Promise<string> {
    return this.alone(async () => storeCommit(this.context, intent));
  }

  /** Moves the branch from one commit to the next. @throws Fault branch_diverged when it is at neither. */
  advance(move: { from: string; to: string }): Promise<void> {
    return this.alone(() => advanceBranch(this.context, move));
  }

  /** The run's commits, oldest first. */
  log(range: { from?: string; to?: string } = {}): Promise<LogEntry[]> {
    return readLog(this.context, range);
  }

  diff(from: string, to: string, maxBytes = diffBytes): Promise<DiffText> {
    return readDiff(this.context, from, to, maxBytes);
  }

  filesChanged(from: string, to: string): Promise<TreeChange[]> {
    return listChanges(this.context, from, to);
  }

  /** Every path of a tree or commit. */
  paths(treeish: string): Promise<string[]> {
    return listPaths(this.context, treeish);
  }

  /** A file of a tree or commit as text, cut after 1 MiB; null when there is none at that path. */
  readText(treeish: string, path: string): Promise<string | null> {
    return readText(this.context, treeish, path);
  }

  /** Where those of the paths lead that are symbolic links in a tree or commit. */
  links(treeish: string, paths: readonly string[]): Promise<Map<string, string>> {
    return readLinks(this.context, treeish, paths);
  }

  /** Whether this disk has the object with everything that it names. */
  has(sha: string): Promise<boolean> {
    return hasWhole(this.context, sha);
  }

  /** Rebuilds the agent's `.git` so that it shows HEAD. For the start of every turn, while no agent runs. */
  resetAgentRepository(): Promise<void> {
    return this.alone(async () => {
      const { layout, branch, reader } = this.context;
      const head = await this.head();
      const { stats } = reader.place;
      const index = indexOf(await reader.entriesOf(head), (path, entry) => stats.statusOf(path, entry));
      await buildAgentRepository({ tree: layout.tree, repository: layout.repository, branch, head, index });
    });
  }

  snapshot(request: SnapshotRequest): Promise<RunSnapshot> {
    return this.alone(() => takeSnapshot(this.context, request));
  }

  /** Brings branch and working tree to a snapshot, here or on another machine's empty disk. @throws Fault snapshot_unusable */
  restore(point: RestorePoint): Promise<void> {
    return this.alone(() => restoreSnapshot(this.context, point));
  }

  /** A fresh checkout of a commit. Its caller disposes of it. */
  cleanRoom(sha: string): Promise<CleanRoom> {
    return openCleanRoom(this.context, sha);
  }

  push(request: PushRequest): Promise<{ sha: string }> {
    return this.alone(() => pushBranch(this.context, request));
  }

  /** Removes everything of the run from this disk. Twice is fine. */
  remove(): Promise<void> {
    return this.alone(async () => {
      forgetBeside(this.context.layout.directory);
      await removeInSlices(this.context.layout.directory);
    });
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.last.then(work, work);
    this.last = next.catch(() => undefined);
    return next;
  }
}
