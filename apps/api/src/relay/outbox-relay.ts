import { jobs, type JobName } from '@lockstep/contracts';
import { relayBells, type Bell, type Database } from '@lockstep/database';
import type { Backplane } from '@lockstep/backplane';
import {
  backoffMs,
  failpoint,
  serializedInterval,
  skips,
  systemClock,
  type Clock,
  type Logger,
  type SerializedInterval,
  type Service,
} from '@lockstep/runtime';

/** Whoever writes to the outbox in another process may nudge this channel, and the bell rings at once instead of at the next look. */
export const outboxChannel = 'outbox';

const batchSize = 100;
const maxPauseMs = 2_000;

export interface RelayOptions {
  readonly database: Database;
  readonly backplane: Pick<Backplane, 'producer' | 'nudges'>;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly clock?: Clock;
}

/**
 * Carries bells from the outbox to the queue. Every api process runs one and all of them work: a bell is locked while it is rung, so
 * each is one relay's, and the process that wrote it is the quickest to ring it (ADR on the outbox). A bell may ring twice, when a
 * relay dies in between; the claim of a run bears that.
 */
export class OutboxRelay implements Service {
  /** Bells rung since the start. */
  rung = 0;
  private interval: SerializedInterval | undefined;
  private unfollow: (() => void) | undefined;
  private failures = 0;
  private again: NodeJS.Timeout | undefined;
  private notBefore = 0;
  private lastError: unknown;

  constructor(private readonly options: RelayOptions) {}

  async start(): Promise<void> {
    const { backplane, intervalMs, logger } = this.options;
    this.interval = serializedInterval({
      everyMs: intervalMs,
      task: (signal) => this.round(signal),
      onError: (err) => this.failed(err, () => logger.warn({ err }, 'the outbox could not be read')),
    });
    const poke = () => this.poke();
    this.unfollow = await backplane.nudges.subscribe(outboxChannel, { onNudge: poke, onReconnect: poke });
  }

  /** What is left is rung before the end, so that nothing waits for another process to start. */
  async stop(): Promise<void> {
    this.unfollow?.();
    if (!this.interval) return;
    const { interval } = this;
    this.interval = undefined;
    await interval.stop();
    await this.round(new AbortController().signal).catch(() => undefined);
    clearTimeout(this.again);
  }

  /** Looks into the outbox now: something was just committed. */
  poke(): void {
    if (this.clock.monotonicMs() >= this.notBefore) this.interval?.poke();
  }

  /** Rejects while bells can't be rung. */
  async check(): Promise<void> {
    if (this.failures > 0) throw this.lastError;
  }

  private get clock(): Clock {
    return this.options.clock ?? systemClock;
  }

  private async round(signal: AbortSignal): Promise<void> {
    const before = this.failures;
    for (let heard = batchSize; heard === batchSize && !signal.aborted;) {
      heard = await relayBells(this.options.database, (bell) => this.ring(bell), batchSize);
    }
    if (this.failures === before) this.failures = 0;
  }

  private async ring(bell: Bell): Promise<boolean> {
    const { backplane, logger } = this.options;
    const payload = jobs[bell.job as JobName]?.payload.safeParse(bell.payload);
    if (!payload?.success) {
      logger.error({ bell }, 'a bell that is not in the catalogue was dropped');
      return true;
    }
    const ringing = backplane.producer.ring(bell.job as JobName, payload.data, { id: bell.id });
    // A drill shows what a bell is worth that counts as rung before it was heard.
    if (skips('relay.until-heard'))
      return ringing.then(
        () => true,
        () => true,
      );
    try {
      await ringing;
      this.rung += 1;
      await failpoint('api.relay.rung');
      return true;
    } catch (err) {
      this.failed(err, () => logger.warn({ err, bell: bell.id }, 'a bell could not be rung; it is tried again'));
      return false;
    }
  }

  /** Pokes are ignored during the pause, since a queue that hangs costs each try its time limit; at its end it is tried again. */
  private failed(error: unknown, say: () => void): void {
    this.failures += 1;
    this.lastError = error;
    const pauseMs = backoffMs(this.failures, { firstMs: 50, maxMs: maxPauseMs });
    this.notBefore = this.clock.monotonicMs() + pauseMs;
    clearTimeout(this.again);
    this.again = setTimeout(() => this.interval?.poke(), pauseMs);
    if (this.failures === 1 || this.failures % 30 === 0) say();
  }
}
