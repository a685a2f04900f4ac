import type { Logger } from '../logging/logger';
import { retryWithBackoff } from '../timing/retry';
import type { Service } from './service';

export interface ReachableOptions {
  /** For the log: `Postgres`. */
  readonly what: string;
  /** Rejects with a retryable Fault while it is away; whatever else it rejects with is final. */
  readonly ask: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly logger: Logger;
}

/**
 * Something that a process cannot begin without: the start waits for it, as long as it takes. A process that ends instead is
 * started again and again by whoever looks after it, each time after a longer pause, and is late when the thing is back.
 */
export function reachable({ what, ask, close, logger }: ReachableOptions): Service {
  const giveUp = new AbortController();
  const onRetry = (err: unknown, attempt: number) => {
    if (attempt === 1 || attempt % 15 === 0) logger.warn({ err }, `waiting for ${what}`);
  };
  return {
    start: () => retryWithBackoff(ask, { maxMs: 2_000, signal: giveUp.signal, onRetry }),
    stop: async () => {
      giveUp.abort();
      await close();
    },
  };
}
