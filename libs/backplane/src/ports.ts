import type { JobName, JobPayload } from '@lockstep/contracts';
import type { HealthCheck, Service } from '@lockstep/runtime';

/** Rings the queue. */
export interface QueueProducer {
  /**
   * Puts a job into its queue. `id` names this ring, not the run: two rings with one id are one job while the first is waiting or
   * being handled, so an id that is used again while its job is being handled would swallow the second ring. The outbox row's id fits.
   *
   * Rejects with Fault `queue_unavailable` within the command limit (1 s) when the queue is down, hung or full; never hangs. A ring
   * that was rejected may still have arrived.
   */
  ring<N extends JobName>(job: N, payload: JobPayload<N>, options: { readonly id: string }): Promise<void>;
}

/**
 * Why a handler's signal aborts. `lock_lost`: the queue will hand the job to somebody else. That says nothing about the run: whoever
 * still holds its lease in Postgres may carry on, since the other one cannot take it. `closing`: the consumer is going away and the
 * grace period is over.
 */
export type JobAbortReason = 'lock_lost' | 'closing';

export interface JobContext {
  /** The ring's id as the producer gave it. */
  readonly id: string;
  /** Its `reason` is a JobAbortReason. */
  readonly signal: AbortSignal;
}

/** One handler for each job of the catalogue. A handler that throws is logged; the job is gone and the sweeper rings again. */
export type JobHandlers = { readonly [N in JobName]: (payload: JobPayload<N>, context: JobContext) => Promise<void> };

/** Takes jobs while it has free slots. A job may come twice, also at the same time: what makes that harmless is the run's lease. */
export interface QueueConsumer {
  /** Starts taking jobs; at most `concurrency` handlers run at once. */
  consume(handlers: JobHandlers, options: { readonly concurrency: number }): void;
  /** How many handlers are running. */
  readonly active: number;
  /** Takes no further job from now on; running handlers go on. */
  pause(): void;
  /** Pauses, waits for the handlers up to `graceMs` or until `hurry` aborts, then aborts their signals and waits for them once more. Works twice. */
  close(options?: { readonly graceMs?: number; readonly hurry?: AbortSignal }): Promise<void>;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
}

/** Looks into the queue. Rejects with `queue_unavailable` as `ring` does. */
export interface QueueAdmin {
  counts(): Promise<QueueCounts>;
  isEmpty(): Promise<boolean>;
  /** Removes every job, also the active ones. For tests and drills. */
  obliterate(): Promise<void>;
}

/** "There is something up to `seq` on this channel." Nothing else: whoever hears it reads Postgres. */
export interface Nudge {
  /** A stream such as `run:<id>` or `run:<id>:output`: letters, digits and `:._-`, at most 200. */
  readonly channel: string;
  /** The newest sequence number or offset; whole and not negative. */
  readonly seq: number;
}

export interface NudgeListener {
  onNudge(nudge: Nudge): void;
  /** Nudges may have been missed: read from Postgres now. */
  onReconnect?(): void;
}

/** Best effort in every respect: a lost nudge costs the listener one polling interval. */
export interface Nudges {
  /** Returns at once and never throws. While one is on its way, later ones of the same channel become one, with the highest `seq`. */
  publish(nudge: Nudge): void;
  /**
   * Follows a channel, or all that begin with `prefix*`. Resolves when nudges arrive from now on, or after the command limit when the
   * connection is down: then `onReconnect` tells. The function it gives ends the subscription.
   */
  subscribe(pattern: string, listener: NudgeListener): Promise<() => void>;
}

/**
 * Queue and nudges of one process. `start` waits for the server, for as long as it takes, and refuses one that would lose jobs;
 * `stop` closes the consumers that are still open. Nothing else may be called before `start` has resolved.
 */
export interface Backplane extends Service {
  readonly kind: 'redis' | 'postgres';
  readonly producer: QueueProducer;
  readonly admin: QueueAdmin;
  readonly nudges: Nudges;
  consumer(): QueueConsumer;
  /** For `/readyz`. */
  readonly checks: Readonly<Record<'queue' | 'nudges', HealthCheck>>;
}

/** Times of the backplane, in milliseconds. The defaults are what production runs. */
export interface BackplaneTimes {
  /** How long a command may take before it counts as failed. */
  readonly commandMs: number;
  /** How long a job stays with a consumer that no longer says that it is alive. */
  readonly lockMs: number;
  /** How often jobs of dead consumers are looked for. */
  readonly stalledCheckMs: number;
  /** How often the consumer is looked after. */
  readonly watchMs: number;
  /** A consumer with a free slot that starts none of the waiting jobs for so long is replaced. */
  readonly stuckMs: number;
}

export const defaultTimes: BackplaneTimes = {
  commandMs: 1_000,
  lockMs: 10_000,
  stalledCheckMs: 3_000,
  watchMs: 1_000,
  stuckMs: 3_000,
};
