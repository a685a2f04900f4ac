import type { AttemptOutcome } from '@lockstep/contracts';

/**
 * "What follows an attempt" as a pure function from facts to a decision value; the executor reads the facts and carries the
 * decision out (style rule 4).
 */
export interface AskedQuestion {
  readonly text: string;
  readonly options: readonly string[];
}

export interface TurnFacts {
  /** How the agent's turn ended. Anything but `completed` is nobody's fix attempt. */
  readonly ending: 'completed' | 'timed_out' | 'retry' | 'ask' | 'wait' | 'fail';
  readonly endingDetail: string;
  /** The last immediate blocker that the agent raised in this turn. */
  readonly blocker: AskedQuestion | null;
  /** Whether a completion marker for this very step came. */
  readonly completionMarker: boolean;
  /** The last paragraph of the reply, when it ends in a question to the person. */
  readonly closingQuestion: string | null;
}

export interface GateFacts {
  readonly passed: boolean;
  /** Findings that a person must look at before the step may complete. */
  readonly review: string | null;
  /** The checks could not be run at all: our fault or the machine's, never the step's. */
  readonly infraError: string | null;
  readonly lessonsMissing: boolean;
  /** Why it failed, where it passes in the workspace and nothing but a fresh checkout speaks against it; else null. */
  readonly besideOnly: string | null;
  /** What the next prompt and, at the end, the question carry. */
  readonly failure: string;
}

export interface Allowance {
  /** Fix attempts made since the last allowance was opened. */
  readonly retryCount: number;
  readonly maxFixAttempts: number;
  /** Attempts of this step in a row that ended in `infra_error`. */
  readonly infraErrors: number;
  /** Whether lessons were asked for in this attempt already. */
  readonly lessonsAsked: boolean;
  /** Whether the agent was told at this step that it passes in the workspace only. */
  readonly besideTold: boolean;
}

export type Decision =
  | { readonly kind: 'run_gate' }
  | { readonly kind: 'complete'; readonly warnNoMarker: boolean }
  | { readonly kind: 'ask_lessons' }
  | { readonly kind: 'fix'; readonly outcome: AttemptOutcome; readonly failure: string }
  | { readonly kind: 'again'; readonly outcome: AttemptOutcome; readonly reason: string }
  /** What the turn left is checked once more; the agent has nothing to do with it. */
  | { readonly kind: 'check_again'; readonly outcome: AttemptOutcome; readonly reason: string }
  | { readonly kind: 'ask'; readonly outcome: AttemptOutcome; readonly question: AskedQuestion }
  | { readonly kind: 'review'; readonly outcome: AttemptOutcome; readonly finding: string }
  | { readonly kind: 'wait'; readonly outcome: AttemptOutcome; readonly reason: string }
  | { readonly kind: 'fail'; readonly outcome: AttemptOutcome; readonly reason: string };

/** `infra_error` is tried this many times more, then asked about. */
export const maxInfraRetries = 2;

const question = (text: string, options: readonly string[] = []): AskedQuestion => ({ text, options });

/** After the agent's turn, before the gate. */
export function afterTurn(turn: TurnFacts, allowance: Allowance): Decision {
  switch (turn.ending) {
    case 'completed':
      return turn.blocker ? { kind: 'ask', outcome: 'blocked', question: turn.blocker } : { kind: 'run_gate' };
    case 'timed_out':
      return spendFix('timed_out', turn.endingDetail, allowance);
    case 'wait':
      return { kind: 'wait', outcome: 'rate_limited', reason: turn.endingDetail };
    case 'fail':
      return { kind: 'fail', outcome: 'infra_error', reason: turn.endingDetail };
    case 'ask':
      return { kind: 'ask', outcome: 'infra_error', question: question(turn.endingDetail, ['Try again']) };
    case 'retry':
      return retryInfra('again', turn.endingDetail, allowance);
  }
}

/** After the gate has run on what the turn left. */
export function afterGate(
  gate: GateFacts,
  turn: Pick<TurnFacts, 'completionMarker' | 'closingQuestion'>,
  allowance: Allowance,
): Decision {
  if (gate.infraError !== null) return retryInfra('check_again', gate.infraError, allowance);
  if (!gate.passed) {
    if (!turn.completionMarker && turn.closingQuestion !== null) {
      return { kind: 'ask', outcome: 'blocked', question: question(turn.closingQuestion) };
    }
    // The agent can commit what is missing; what it can't, such as a set-up that the project lacks, only a person can judge.
    const spent = allowance.besideTold || allowance.retryCount >= allowance.maxFixAttempts;
    if (gate.besideOnly !== null && spent) return { kind: 'review', outcome: 'failed', finding: gate.besideOnly };
    return spendFix('failed', gate.failure, allowance);
  }
  if (gate.review !== null) return { kind: 'review', outcome: 'passed', finding: gate.review };
  if (gate.lessonsMissing && !allowance.lessonsAsked) return { kind: 'ask_lessons' };
  return { kind: 'complete', warnNoMarker: !turn.completionMarker };
}

function spendFix(outcome: 'failed' | 'timed_out', failure: string, allowance: Allowance): Decision {
  if (allowance.retryCount < allowance.maxFixAttempts) return { kind: 'fix', outcome, failure };
  const tried = allowance.maxFixAttempts === 1 ? 'one fix attempt' : `${allowance.maxFixAttempts} fix attempts`;
  return {
    kind: 'ask',
    outcome,
    question: question(`The step still fails its verification after ${tried}. What should be done?\n\n${failure}`),
  };
}

function retryInfra(kind: 'again' | 'check_again', reason: string, allowance: Allowance): Decision {
  if (allowance.infraErrors < maxInfraRetries) return { kind, outcome: 'infra_error', reason };
  return {
    kind: 'ask',
    outcome: 'infra_error',
    question: question(`The step could not be tried, ${maxInfraRetries + 1} times in a row: ${reason}`, ['Try again']),
  };
}

/** Outcomes that spend a fix attempt; every other interruption is nobody's fault. */
export const spendsFixAttempt = (outcome: AttemptOutcome): boolean => outcome === 'failed' || outcome === 'timed_out';
