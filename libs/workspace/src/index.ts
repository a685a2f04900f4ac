export { createMirrorCache, type Mirror, type MirrorCache, type NeededRef, type ResolvedBase } from './mirror/cache';
export { listMirrors, removeMirror, type MirrorFolder } from './mirror/prune';
export { folderBytes } from './tree/size';
export { inspectLocalRepository, type LocalRepository } from './mirror/inspect';
export { checkRef, isRefName } from './git/names';
export type { GitSettings } from './git/environment';
export {
  beginWorkspace,
  listWorkspaces,
  openWorkspace,
  removeLeftovers,
  removeWorkspace,
  setWorkspaceAside,
  type OpenWorkspace,
  type WorkspaceFolder,
} from './run/open';
export type { Workspace } from './run/workspace';
export type { Person, RunLayout } from './run/context';
export type { CommitIntent, DiffText, LogEntry } from './run/history';
export type { CleanRoom } from './run/clean-room';
export type { PushRequest } from './run/push';
export type { RestorePoint, RunSnapshot, SnapshotRequest, WorkInProgress } from './run/snapshot';
export type { Capture, CaptureLimits } from './tree/capture';
export type { SkipReason } from './tree/walk';
export type { ChangeStatus, TreeChange } from './objects/tree';
