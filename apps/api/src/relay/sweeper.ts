import {
  pruneExecutors,
  pruneOutbox,
  requeueForgotten,
  ringDueCredentials,
  sweepLeases,
  type Database,
} from '@lockstep/database';
import { serializedInterval, skips, type Logger, type SerializedInterval, type Service } from '@lockstep/runtime';
import type { Announcer } from './announcer';

/** How long a queued run may go without a ring before it counts as forgotten, when nothing waits in the queue. */
export const forgottenAfterMs = 10_000;
/** The same while jobs wait: the run's own is most likely among them, and ringing again and again would only lengthen the queue. */
const forgottenInBusyQueueMs = 600_000;
const forgottenEveryMs = 5_000;
const pruneEveryMs = 60_000;
const keepSentMs = 24 * 3_600_000;

export interface SweeperOptions {
  readonly database: Database;
  readonly announcer: Announcer;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** Rejects when the queue cannot be asked. */
  readonly queueIsEmpty: () => Promise<boolean>;
}

/**
 * Gives back runs whose executor is gone, rings again for runs that the queue has forgotten, and for one that may try a paused
 * credential. Every api process sweeps: rows are taken with SKIP LOCKED, so two sweeps share the work, and a run that is rung twice is
 * claimed once.
 */
export class Sweeper implements Service {
  private intervals: SerializedInterval[] = [];

  constructor(private readonly options: SweeperOptions) {}

  async start(): Promise<void> {
    const { database, intervalMs } = this.options;
    this.every(intervalMs, async () => this.announce(await sweepLeases(database), 'leases ran out'));
    this.every(intervalMs, async () =>
      this.announce(await ringDueCredentials(database, forgottenAfterMs), 'credentials may be tried again'),
    );
    this.every(forgottenEveryMs, () => this.ringForgotten());
    this.every(pruneEveryMs, () => pruneOutbox(database, keepSentMs));
    this.every(pruneEveryMs, () => pruneExecutors(database, pruneEveryMs));
  }

  async stop(): Promise<void> {
    await Promise.all(this.intervals.map((interval) => interval.stop()));
  }

  private async ringForgotten(): Promise<void> {
    const { database, queueIsEmpty } = this.options;
    if (skips('sweeper.forgotten')) return;
    const patienceMs = (await queueIsEmpty().catch(() => false)) ? forgottenAfterMs : forgottenInBusyQueueMs;
    this.announce(await requeueForgotten(database, patienceMs), 'queued runs were not announced');
  }

  private every(everyMs: number, task: () => Promise<void>): void {
    const onError = (err: unknown) => this.options.logger.warn({ err }, 'a sweep failed; it is tried again');
    this.intervals.push(serializedInterval({ everyMs, task, onError }));
  }

  private announce(runs: readonly string[], why: string): void {
    if (runs.length > 0) this.options.logger.info({ runs }, why);
    runs.forEach((runId) => this.options.announcer.run(runId));
  }
}
