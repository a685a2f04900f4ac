import { projectSaid } from '@lockstep/contracts';
import {
  allProjects,
  claimPruning,
  keptRuns,
  pruneRun,
  storedKinds,
  type BlobStore,
  type Database,
  type StoredKind,
} from '@lockstep/database';
import { choosePruned, retentionLimits, type RetentionLimits } from '@lockstep/domain';
import { serializedInterval, type Logger, type SerializedInterval, type Service } from '@lockstep/runtime';

export interface PrunerOptions {
  readonly database: Database;
  /** Where the bytes of snapshots lie. */
  readonly blobs: BlobStore;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** The installation's limits. */
  readonly limits: RetentionLimits;
}

/**
 * Removes from the database what is no longer to be kept of runs that have ended. Of all api processes one does it in an interval: a
 * second one would find the same, and removing twice does no harm, so a claim needs no lock that outlives a crash.
 */
export class Pruner implements Service {
  private interval: SerializedInterval | undefined;

  constructor(private readonly options: PrunerOptions) {}

  async start(): Promise<void> {
    const { database, intervalMs, logger } = this.options;
    this.interval = serializedInterval({
      // Looked for more often than it is due: whoever claimed it last may be gone.
      everyMs: Math.max(50, Math.floor(intervalMs / 4)),
      task: async (signal) => {
        if (await claimPruning(database, intervalMs)) await this.prune(signal);
      },
      onError: (err) => logger.warn({ err }, 'what is no longer to be kept could not be removed; it is tried again'),
    });
  }

  async stop(): Promise<void> {
    await this.interval?.stop();
  }

  /** One look at every project. */
  async prune(signal?: AbortSignal): Promise<void> {
    for (const { id, settings } of await allProjects(this.options.database)) {
      const { retention } = projectSaid.parse(settings);
      const limits = retentionLimits(this.options.limits, retention);
      for (const kind of storedKinds) await this.pruneKind(kind, { projectId: id, limits, signal });
    }
  }

  private async pruneKind(
    kind: StoredKind,
    { projectId, limits, signal }: { projectId: string; limits: RetentionLimits; signal: AbortSignal | undefined },
  ): Promise<void> {
    const { database, blobs, logger } = this.options;
    const { [kind]: limit } = limits;
    if (limit.days === null && limit.bytes === null) return;
    const runs = await keptRuns(database, kind, projectId, limit.bytes !== null);
    for (const chosen of choosePruned(kind, runs, limit, new Date())) {
      if (signal?.aborted) return;
      const bytes = await pruneRun(database, kind, { ...chosen, blobs });
      logger.info({ ...chosen, projectId, kind, bytes }, 'what is kept of a run that has ended was removed');
    }
  }
}
