export type { EndCause, EndFacts, EndKind, Ending } from './ending';
export { findExecutable, isolationTier, type Isolation, type IsolationTier } from './isolation';
export { isRunning, listMarked, listTree, markerVariable } from './process-table';
export type { ChunkConsumer, ProcessLimits, ProcessSpec, SupervisedProcess } from './spec';
export { supervise } from './supervise';
