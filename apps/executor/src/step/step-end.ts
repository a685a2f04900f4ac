import type { AttemptOutcome, BudgetCrossing, NewEvent } from '@lockstep/contracts';
import { appendRunEvents, askAboutBudgets, closeAttempt, keepDiff, moveStep } from '@lockstep/database';
import { budgetSentence, type AskedQuestion, type Decision } from '@lockstep/domain';
import type { Workspace } from '@lockstep/workspace';
import { blockedBy, firstLine, type RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import type { GateOutcome } from '../verify/gate-step';
import type { Attempt, Begun } from './attempt-log';

/** A step that stops here for now. */
export interface Stopping {
  readonly context: RunContext;
  readonly workspace: Workspace;
  readonly key: string;
  readonly retryCount: number;
  readonly attempt: Attempt;
  /** What the last gate of the attempt saw. */
  readonly gate: GateOutcome | null;
}

type Of<K extends Decision['kind']> = Extract<Decision, { kind: K }>;

/**
 * A person is asked; the agent may have raised several blockers in one turn, and all of them are. The step's move is part of the
 * transaction that stores the questions: a step is never blocked with nothing to answer.
 */
export function asked(stopping: Stopping, { outcome, question }: Of<'ask'>, earlier: readonly AskedQuestion[]): RunEnd {
  const { key, attempt } = stopping;
  const headline = firstLine(question.text);
  const all = outcome === 'blocked' ? [...earlier, question] : [question];
  const questions = all.map(({ text, options }) => ({ stepKey: key, attempt: attempt.number, text, options }));
  return {
    ...blockedBy(questions, `step ${key}: ${headline}`),
    within: stops(stopping, { to: 'blocked', outcome, detail: headline, summary: headline }),
  };
}

/** The person who reviews sees what would be committed: the run's diff goes up to the tree that the gate checked. */
export async function reviewed(stopping: Stopping, { outcome, finding }: Of<'review'>): Promise<RunEnd> {
  const { context, workspace, gate, key } = stopping;
  const diff = gate && (await workspace.diff(workspace.baseSha, gate.capture.treeSha)).text;
  const stop = stops(stopping, { to: 'needs_review', outcome, detail: firstLine(finding), summary: finding });
  return {
    ...reviewEnd(`step ${key} needs a review: ${finding}`),
    within: async (tx) => {
      await stop(tx);
      if (diff !== null) await keepDiff(tx, context.run.id, diff);
    },
  };
}

export const reviewEnd = (reason: string): RunEnd => ({
  to: 'paused',
  action: 'stage3_needs_review',
  waitReason: 'review',
  reason,
});

/** The provider refused a turn: the credential is paused for all. */
export const refused = ({ context }: Stopping, { outcome, reason }: Of<'wait'>): RunEnd => ({
  to: 'queued',
  action: 'stage3_rate_limited',
  waitReason: 'credential',
  reason,
  attempt: outcome,
  pause: (tx) => context.credential.pause(tx, context.run.id),
});

export const failed = ({ outcome, reason }: Of<'fail'>): RunEnd => ({
  to: 'failed',
  action: 'stage3_failed',
  reason,
  attempt: outcome,
});

/** How the attempt before ended, when there was one. */
export interface Ended {
  readonly outcome: AttemptOutcome;
  readonly detail: string;
}

/** No attempt may begin now: the step stays as it is and nothing of its allowance is spent. */
export const heldBack = (context: RunContext, why: Exclude<Begun, Attempt>, after?: Ended): RunEnd => {
  const end = 'crossed' in why ? overBudget(context, why.crossed) : credentialPaused(context);
  const { run } = context;
  return {
    ...end,
    within: async (tx) => {
      if (after) await closeAttempt(tx, run.id, after.outcome, after.detail);
      await end.within?.(tx);
    },
  };
};

/** Somebody has to raise a budget first. */
const overBudget = ({ run }: RunContext, crossed: readonly BudgetCrossing[]): RunEnd => ({
  to: 'blocked',
  action: 'stage3_budget',
  waitReason: 'budget',
  reason: crossed.map(budgetSentence).join(' '),
  within: (tx) => askAboutBudgets(tx, run.id, crossed),
});

/** It may be open again by the time at which the run is let go of: then only a slot is waited for. */
const credentialPaused = ({ credential, run }: RunContext): RunEnd => ({
  to: 'queued',
  action: 'credential_paused',
  waitReason: 'slot',
  pause: (tx) => credential.leave(tx, run.id),
});

interface Stop {
  readonly to: 'blocked' | 'needs_review';
  readonly outcome: AttemptOutcome;
  readonly detail: string;
  readonly summary: string;
}

const stops =
  (stopping: Stopping, { to, outcome, detail, summary }: Stop): NonNullable<RunEnd['within']> =>
  async (tx) => {
    const { context, key } = stopping;
    await closeAttempt(tx, context.run.id, outcome, detail);
    await moveStep(tx, { runId: context.run.id, key, to });
    await appendRunEvents(tx, context.run.id, [stopped(stopping, to, summary)]);
  };

const stopped = ({ key, gate, retryCount, attempt }: Stopping, status: Stop['to'], summary: string): NewEvent => ({
  type: 'step.completed',
  data: {
    stepId: key,
    status,
    summary,
    filesModified: gate?.capture.changed.map(({ path }) => path) ?? [],
    retryCount,
    durationMs: Math.round(performance.now() - attempt.startedAt),
  },
});
