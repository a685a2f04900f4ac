import type { AttemptOutcome, BudgetCrossing } from '@lockstep/contracts';
import {
  appendRunEvents,
  closeAttempt,
  crossedBudgets,
  moveStep,
  openAttempt,
  setRetryCount,
  type Pause,
  type StepRow,
  type Transaction,
} from '@lockstep/database';
import type { RunContext } from '../run/run-context';

export interface Attempt {
  readonly number: number;
  readonly startedAt: number;
}

export interface NewAttempt {
  readonly isFix?: boolean;
  /** The agent is not asked: the credential's weather is of no concern. */
  readonly checksOnly?: boolean;
  /** Fix attempts spent of the allowance, this one included. */
  readonly retryCount: number;
  /** How the attempt before it ended. */
  readonly after?: { readonly outcome: AttemptOutcome; readonly detail: string };
}

/** The next attempt; or why none may begin: budgets that leave no room, a paused credential. Then nothing has changed. */
export type Begun = Attempt | { readonly crossed: readonly BudgetCrossing[] } | { readonly pause: Pause };

/** Opens a step's next attempt, in one transaction with the end of the one before: no crash leaves a count without its attempt. */
export async function beginAttempt(context: RunContext, row: StepRow, next: NewAttempt): Promise<Begun> {
  const { run, store } = context;
  return store.write(async (tx) => {
    const crossed = await crossedBudgets(tx, run.id);
    if (crossed.length > 0) return { crossed };
    const pause = next.checksOnly ? null : await context.credential.leave(tx, run.id);
    if (pause) return { pause };
    if (next.after) await closeAttempt(tx, run.id, next.after.outcome, next.after.detail);
    else await enterStep(tx, row, next.retryCount);
    await setRetryCount(tx, run.id, row.key, next.retryCount);
    const number = await openWithEvent(context, tx, row.key, next.isFix ?? false);
    return { number, startedAt: performance.now() };
  });
}

async function enterStep(tx: Transaction, row: StepRow, retryCount: number): Promise<void> {
  if (row.status !== 'in_progress')
    await moveStep(tx, { runId: row.run_id, key: row.key, to: 'in_progress', retryCount });
}

/** An attempt and the event that tells of it. */
export async function openWithEvent(
  { run, store }: RunContext,
  tx: Transaction,
  key: string,
  isFix: boolean,
): Promise<number> {
  const { executorId, token } = store.lease;
  const number = await openAttempt(tx, { runId: run.id, key, isFix, executorId, token });
  await appendRunEvents(tx, run.id, [{ type: 'step.started', data: { stepId: key, attempt: number } }]);
  return number;
}
