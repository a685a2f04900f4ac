import type { Ending } from '@lockstep/supervise';
import type { ResultLine } from '../stream';

/** A refusal by the provider for too much use, as the credential proxy saw it. */
export interface RateLimit {
  readonly status: number;
  /** The allowance is used up (a session or usage limit) rather than requests coming too fast. */
  readonly exhausted: boolean;
  /** When it may be tried again, epoch milliseconds of the provider's clock; absent where it names no time. */
  readonly resetAt?: number;
  /** How long to wait from now on, in milliseconds, where the provider says that instead: no clock of ours goes into it. */
  readonly retryAfterMs?: number;
  /** Milliseconds of a clock that never jumps. */
  readonly seenAt: number;
}

/** Everything that was seen of a turn; what its outcome is decided on. */
export interface Observed {
  readonly result?: ResultLine;
  /** The end of the process, when it ended before the turn's `result`. */
  readonly ending?: Ending;
  /** Which of our limits it hit. */
  readonly limit?: 'init' | 'idle' | 'turn';
  /** We asked it to stop. */
  readonly interrupted: boolean;
  readonly assistantMessages: number;
  /** Last words on stderr. */
  readonly stderr: string;
  /** The API error that Claude told last. */
  readonly trouble?: { readonly status: number | null; readonly error: string };
  /** A refusal during this turn. */
  readonly rateLimit?: RateLimit;
}
