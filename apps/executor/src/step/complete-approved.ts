import { closeAttempt } from '@lockstep/database';
import type { RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { runGate } from '../verify/gate-step';
import { openWithEvent } from './attempt-log';
import { commitStep } from './commit-step';
import { completionTold } from './completion-told';
import { reviewEnd } from './step-end';
import type { StepToDrive } from './step-driver';

/** A person let the findings pass: the gate runs once more on what will be committed, and the step is completed without the agent. */
export async function completeApproved(context: RunContext, step: StepToDrive): Promise<RunEnd | null> {
  const { store, run } = context;
  const { key, retry_count: retryCount } = step.row;
  const attempt = await store.write((tx) => openWithEvent(context, tx, key, false));
  const gate = await runGate(context, { ...step, attempt });
  if (!gate.decision.passed) {
    const why = gate.decision.reasons.map(({ message }) => message).join('; ');
    return {
      ...reviewEnd(`step ${key} was approved, but its gate no longer passes: ${why}`),
      within: async (tx) => void (await closeAttempt(tx, run.id, 'failed', why)),
    };
  }
  const completion = await completionTold(context, step.row);
  await commitStep(context, { ...step, attempt, retryCount, gate, completion });
  return null;
}
