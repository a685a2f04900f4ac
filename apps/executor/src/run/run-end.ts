import type { RunMove, Transaction } from '@lockstep/database';

/** How the driving of a run ends: the move that lets go of it, and a question where a person has to say something. */
export interface RunEnd extends RunMove {
  /** What else belongs into the transaction that lets go. */
  readonly within?: (tx: Transaction) => Promise<void>;
  readonly question?: {
    readonly stepKey: string | null;
    readonly attempt: number | null;
    readonly text: string;
    readonly options: readonly string[];
  };
}

export const blockedBy = (question: NonNullable<RunEnd['question']>, reason: string): RunEnd => ({
  to: 'blocked',
  action: 'stage3_blocked',
  waitReason: 'question',
  reason,
  question,
});

/** What a person is asked when a run cannot be set up: nobody's fix attempt. */
export const askToRetry = (text: string): RunEnd =>
  blockedBy({ stepKey: null, attempt: null, text, options: ['Try again'] }, firstLine(text));

export const firstLine = (text: string): string => text.split('\n', 1)[0]?.slice(0, 500) ?? '';
