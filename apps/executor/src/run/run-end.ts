import type { AttemptOutcome } from '@lockstep/contracts';
import type { Pause, RunMove, Transaction } from '@lockstep/database';
import type { RunContext } from './run-context';

/** Something that only a person can settle. */
export interface RunQuestion {
  readonly stepKey: string | null;
  readonly attempt: number | null;
  readonly text: string;
  readonly options: readonly string[];
}

/** How the driving of a run ends: the move that lets go of it, and questions where a person has to say something. */
export interface RunEnd extends RunMove {
  /** What else belongs into the transaction that lets go. */
  readonly within?: (tx: Transaction) => Promise<void>;
  /** What the credential says when the run is let go of: a pause that the run waits for, or null when it is over already. */
  readonly pause?: (tx: Transaction) => Promise<Pause | null>;
  /** What becomes of an attempt that is still open; `interrupted` when absent. */
  readonly attempt?: AttemptOutcome;
  readonly questions?: readonly RunQuestion[];
  /** Drives the stage that begins with the end, where this executor gets the run back at once: everything is at hand then. */
  readonly next?: (context: RunContext) => Promise<RunEnd>;
}

export const blockedBy = (questions: readonly RunQuestion[], reason: string): RunEnd => ({
  to: 'blocked',
  action: 'stage3_blocked',
  waitReason: 'question',
  reason,
  questions,
});

/** The answer that only says: do the same again. The agent need not hear of it. */
export const tryAgain = 'Try again';

/** What a person is asked when a run cannot be set up or driven: nobody's fix attempt. */
export const askToRetry = (text: string): RunEnd => ({
  ...blockedBy([{ stepKey: null, attempt: null, text, options: [tryAgain] }], firstLine(text)),
  attempt: 'infra_error',
});

/** The run had come to this end, and its work could not be kept. */
export class NotKept extends Error {
  constructor(
    readonly end: RunEnd,
    override readonly cause: unknown,
  ) {
    super('The work in progress could not be kept', { cause });
  }
}

/** What keeps the run from going on is asked beside what its end asks already. */
export const askedBeside = (retry: RunEnd, end: RunEnd | undefined): RunEnd =>
  end?.questions?.length ? { ...end, questions: [...end.questions, ...(retry.questions ?? [])] } : retry;

export const firstLine = (text: string): string => text.split('\n', 1)[0]?.slice(0, 500) ?? '';
