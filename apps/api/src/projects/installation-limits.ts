import type { RetentionLimits } from '@lockstep/domain';
import type { StoredRetention } from '@lockstep/runtime';

/** The installation's limits, as the api knows them; those of workspaces are each executor's own. */
export const installationLimits = (config: Omit<StoredRetention, 'retentionIntervalMs'>): RetentionLimits => ({
  workspaces: { days: null, bytes: null },
  output: { days: config.retainOutputDays, bytes: config.retainOutputBytes },
  snapshots: { days: config.retainSnapshotsDays, bytes: config.retainSnapshotsBytes },
  events: { days: config.retainEventsDays, bytes: config.retainEventsBytes },
});
