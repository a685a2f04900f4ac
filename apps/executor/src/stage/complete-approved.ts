import { appendRunEvents, openAttempt, type StepRow } from '@lockstep/database';
import type { Workspace } from '@lockstep/workspace';
import type { RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { runGate } from '../verify/gate-step';
import { commitStep } from './commit-step';
import type { AgentSession } from './session';

export interface ApprovedStep {
  readonly workspace: Workspace;
  readonly session: AgentSession;
  readonly row: StepRow;
  readonly rows: readonly StepRow[];
}

/** A person let the findings pass: the gate runs once more on what will be committed, and the step is completed without the agent. */
export async function completeApproved(
  context: RunContext,
  { workspace, session, row, rows }: ApprovedStep,
): Promise<RunEnd | null> {
  const { store, run } = context;
  const attempt = await store.write(async (tx) => {
    const number = await openAttempt(tx, {
      runId: run.id,
      key: row.key,
      isFix: false,
      executorId: store.lease.executorId,
      token: store.lease.token,
    });
    await appendRunEvents(tx, run.id, [{ type: 'step.started', data: { stepId: row.key, attempt: number } }]);
    return number;
  });
  const gate = await runGate(context, { row, rows, attempt, workspace });
  if (!gate.decision.passed) {
    return {
      to: 'paused',
      action: 'stage3_needs_review',
      waitReason: 'review',
      reason: `step ${row.key} was approved, but its gate no longer passes: ${gate.decision.reasons.map(({ message }) => message).join('; ')}`,
    };
  }
  await commitStep(context, {
    workspace,
    session,
    row,
    rows,
    attempt,
    retryCount: row.retry_count,
    gate,
    completion: null,
  });
  return null;
}
