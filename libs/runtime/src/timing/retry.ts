import { isFault } from '@lockstep/contracts';
import { delay } from './delay';

export interface RetryOptions {
  /** How many tries in all. Without it: until it works or `signal` aborts. */
  readonly attempts?: number;
  /** The pause after the first failure; it doubles from there. Default 100 ms. */
  readonly firstMs?: number;
  /** The longest pause. Default 5 s. */
  readonly maxMs?: number;
  /** Default: a retryable Fault. */
  readonly isRetryable?: (error: unknown) => boolean;
  /** Hears of each failure that will be tried again. */
  readonly onRetry?: (error: unknown, attempt: number, pauseMs: number) => void;
  readonly signal?: AbortSignal;
  /** 0 to 1; spreads the pauses so that many processes don't come back in the same instant. */
  readonly random?: () => number;
}

const isRetryableFault = (error: unknown): boolean => isFault(error) && error.retryable;

/** The pause after the given attempt (from 1): exponential, capped, between half and all of its length. */
export function backoffMs(attempt: number, options: Pick<RetryOptions, 'firstMs' | 'maxMs' | 'random'> = {}): number {
  const { firstMs = 100, maxMs = 5_000, random = Math.random } = options;
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (0.5 + random() / 2));
}

/** Calls `fn` until it resolves. Rejects with its last error when that is final, the tries are used up or `signal` aborts. */
export async function retryWithBackoff<T>(fn: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = Infinity, isRetryable = isRetryableFault, onRetry, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fn(attempt);
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error) || signal?.aborted) throw error;
      const pauseMs = backoffMs(attempt, options);
      onRetry?.(error, attempt, pauseMs);
      if (!(await delay(pauseMs, signal))) throw error;
    }
  }
}
