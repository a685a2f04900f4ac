import { isFault, projectSaid, type RetentionLimit } from '@lockstep/contracts';
import {
  allProjects,
  claimPruning,
  databaseTime,
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

  /** One look at every project, by the clock that runs ended by: one that has jumped would take everything for old. */
  async prune(signal?: AbortSignal): Promise<void> {
    const { database } = this.options;
    const look = { now: await databaseTime(database), signal };
    for (const { id, settings } of await allProjects(database))
      await this.tolerant({ projectId: id }, async () => {
        const limits = retentionLimits(this.options.limits, projectSaid.parse(settings).retention);
        for (const kind of storedKinds) await this.pruneKind(kind, { ...look, projectId: id, limit: limits[kind] });
      });
  }

  private async pruneKind(kind: StoredKind, { projectId, limit, now, signal }: Look): Promise<void> {
    const { database, blobs, logger } = this.options;
    if (signal?.aborted || (limit.days === null && limit.bytes === null)) return;
    const runs = await keptRuns(database, kind, projectId, limit.bytes !== null);
    for (const chosen of choosePruned(kind, runs, limit, now)) {
      if (signal?.aborted) return;
      const what = { ...chosen, projectId, kind };
      await this.tolerant(what, async () => {
        const bytes = await pruneRun(database, kind, { ...chosen, blobs, signal });
        logger.info({ ...what, bytes }, 'what is kept of a run that has ended was removed');
      });
    }
  }

  /** What cannot be removed, such as a file of another user's, keeps nothing else from it. */
  private async tolerant(what: object, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (err) {
      if (isFault(err, 'database_unavailable')) throw err;
      this.options.logger.warn(
        { err, ...what },
        'what is no longer to be kept could not be removed; it is tried again',
      );
    }
  }
}

interface Look {
  readonly projectId: string;
  readonly limit: RetentionLimit;
  readonly now: Date;
  readonly signal: AbortSignal | undefined;
}
