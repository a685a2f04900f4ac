import { amountOrNone, milliseconds } from './kinds';
import { defineSettings, type ConfigOf, type Setting } from './setting';

type Amount = number | null;

const days = (env: string, doc: string, fallback: string): Setting<Amount> => ({
  env,
  doc,
  schema: amountOrNone(36_500),
  fallback,
});
const bytes = (env: string, doc: string): Setting<Amount> => ({
  env,
  doc,
  schema: amountOrNone(Number.MAX_SAFE_INTEGER),
  fallback: 'none',
});

const interval: Setting<number> = {
  env: 'LOCKSTEP_RETENTION_INTERVAL_MS',
  doc: 'How often what is no longer to be kept is looked for, in milliseconds; of all api processes one does it, and every executor for its own disk.',
  schema: milliseconds(50),
  fallback: '3600000',
};

/** How long the database keeps what may go of runs that have ended. A project may say otherwise. */
export const storedRetention = defineSettings<{
  retentionIntervalMs: number;
  retainOutputDays: Amount;
  retainOutputBytes: Amount;
  retainSnapshotsDays: Amount;
  retainSnapshotsBytes: Amount;
  retainEventsDays: Amount;
  retainEventsBytes: Amount;
}>('API', {
  retentionIntervalMs: interval,
  retainOutputDays: days(
    'LOCKSTEP_RETAIN_OUTPUT_DAYS',
    'How long the output of a run is kept after its end, in days, or `none`.',
    '90',
  ),
  retainOutputBytes: bytes(
    'LOCKSTEP_RETAIN_OUTPUT_BYTES',
    'How much output a project may keep, in bytes, or `none`: the oldest ended runs’ goes first.',
  ),
  retainSnapshotsDays: days(
    'LOCKSTEP_RETAIN_SNAPSHOTS_DAYS',
    'How long the snapshots of a run are kept after its end, in days, or `none`. A failed run cannot be retried without.',
    '90',
  ),
  retainSnapshotsBytes: bytes(
    'LOCKSTEP_RETAIN_SNAPSHOTS_BYTES',
    'How much a project may keep in snapshots, in bytes, or `none`: those of delivered runs go, the oldest first; others wait for their age.',
  ),
  retainEventsDays: days(
    'LOCKSTEP_RETAIN_EVENTS_DAYS',
    'How long the events of a run are kept after its end, in days, or `none`.',
    '365',
  ),
  retainEventsBytes: bytes(
    'LOCKSTEP_RETAIN_EVENTS_BYTES',
    'How much a project may keep in events, in bytes, or `none`: the oldest ended runs’ go first.',
  ),
});

/** How long an executor's disk keeps what can be had again. */
export const diskRetention = defineSettings<{
  retentionIntervalMs: number;
  retainWorkspacesDays: Amount;
  retainWorkspacesBytes: Amount;
  mirrorDays: Amount;
  mirrorBytes: Amount;
}>('Executor', {
  retentionIntervalMs: interval,
  retainWorkspacesDays: days(
    'LOCKSTEP_RETAIN_WORKSPACES_DAYS',
    'How long the workspace of a failed run stays on this disk, in days, or `none`; others go with their run’s end. A project may say otherwise.',
    '7',
  ),
  retainWorkspacesBytes: bytes(
    'LOCKSTEP_RETAIN_WORKSPACES_BYTES',
    'How much the workspaces of one project may take on this disk, in bytes, or `none`: those of failed runs go, the oldest first. A project may say otherwise.',
  ),
  mirrorDays: days(
    'LOCKSTEP_MIRROR_DAYS',
    'How long a mirror stays on this disk after its last use, in days, or `none`.',
    '30',
  ),
  mirrorBytes: bytes(
    'LOCKSTEP_MIRROR_BYTES',
    'How much all mirrors may take on this disk, in bytes, or `none`: the longest unused go first. One that a workspace borrows from stays.',
  ),
});

export type StoredRetention = ConfigOf<typeof storedRetention>;
export type DiskRetention = ConfigOf<typeof diskRetention>;
