import type { PruneReason, Retention, RetentionKind, RetentionLimit } from '@lockstep/contracts';

/** A run as a pruner sees it. */
export interface KeptRun {
  readonly runId: string;
  readonly endedAt: Date | null;
  /** It is under way, or a run that is under way comes after it: nothing of it may go. */
  readonly isNeeded: boolean;
  /** Its branch is in the project's repository: its commits are kept there, too. */
  readonly isDelivered: boolean;
  readonly bytes: number;
}

export interface Pruned {
  readonly runId: string;
  readonly reason: PruneReason;
}

export type RetentionLimits = Readonly<Record<RetentionKind, RetentionLimit>>;

const dayMs = 86_400_000;

/** What the installation says, and over it the project. */
export function retentionLimits(installation: RetentionLimits, project: Retention = {}): RetentionLimits {
  const limit = (kind: RetentionKind): RetentionLimit => {
    const { days, bytes } = project[kind] ?? {};
    return {
      days: days === undefined ? installation[kind].days : days,
      bytes: bytes === undefined ? installation[kind].bytes : bytes,
    };
  };
  return {
    workspaces: limit('workspaces'),
    output: limit('output'),
    snapshots: limit('snapshots'),
    events: limit('events'),
  };
}

/** Where else the commits of a snapshot are. Those of a run that wasn't delivered are nowhere: only their age takes them. */
const quotaMayTake = (kind: RetentionKind, { isDelivered }: KeptRun): boolean => kind !== 'snapshots' || isDelivered;

/**
 * What has to go of a project's runs: first all that is too old, then the oldest until the rest fits into the quota. What is needed
 * counts into the quota and stays.
 */
export function choosePruned(
  kind: RetentionKind,
  runs: readonly KeptRun[],
  limit: RetentionLimit,
  now: Date,
): Pruned[] {
  const mayGo = runs
    .filter((run): run is KeptRun & { endedAt: Date } => !run.isNeeded && run.endedAt !== null)
    .sort((a, b) => a.endedAt.getTime() - b.endedAt.getTime());
  const isOld = ({ endedAt }: { endedAt: Date }): boolean =>
    limit.days !== null && now.getTime() - endedAt.getTime() > limit.days * dayMs;
  const old = mayGo.filter(isOld);
  let bytes = sum(runs) - sum(old);
  const over = mayGo
    .filter((run) => !isOld(run) && quotaMayTake(kind, run))
    .filter((run) => {
      const goes = limit.bytes !== null && bytes > limit.bytes;
      if (goes) bytes -= run.bytes;
      return goes;
    });
  return [...old.map(because('age')), ...over.map(because('quota'))];
}

const sum = (runs: readonly KeptRun[]): number => runs.reduce((total, { bytes }) => total + bytes, 0);
const because =
  (reason: PruneReason) =>
  ({ runId }: KeptRun): Pruned => ({ runId, reason });
