import { executorGone, executorSeen, type Database } from '@lockstep/database';
import { serializedInterval, type ExecutorConfig, type Logger, type SerializedInterval } from '@lockstep/runtime';

export interface SignsOfLifeParts {
  readonly database: Database;
  readonly config: Pick<ExecutorConfig, 'executorId' | 'concurrency' | 'heartbeatMs' | 'leaseMs'>;
  readonly logger: Logger;
  /** How many runs are being driven. */
  readonly busy: () => number;
}

/** Tells people that this executor is there, as often as leases are renewed; without it a queued run could not say why it waits. */
export class SignsOfLife {
  private interval: SerializedInterval | undefined;
  private draining = false;

  constructor(private readonly parts: SignsOfLifeParts) {}

  start(): void {
    const { database, config, logger, busy } = this.parts;
    const { executorId: id, concurrency: slots, leaseMs: aliveMs } = config;
    this.interval = serializedInterval({
      everyMs: config.heartbeatMs,
      task: () => executorSeen(database, { id, slots, busy: busy(), draining: this.draining, aliveMs }),
      onError: (err) => logger.debug({ err }, 'a sign of life was not stored'),
    });
  }

  /** It takes no run any more. */
  drain(): void {
    this.draining = true;
    this.interval?.poke();
  }

  async stop(): Promise<void> {
    const { database, config, logger } = this.parts;
    if (!this.interval) return;
    await this.interval.stop();
    await executorGone(database, config.executorId).catch((err: unknown) =>
      logger.debug({ err }, 'the executor could not say that it is gone'),
    );
  }
}
