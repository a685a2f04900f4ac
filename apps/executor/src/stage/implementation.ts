import { listStepRows, transcriptEnd, type StepRow } from '@lockstep/database';
import { nextStep, parentsToComplete } from '@lockstep/domain';
import type { AgentSetup } from '../agent-setup';
import { Interrupted } from '../lease/run-control';
import type { RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { StepDriver } from './carry-out-step';
import { finishRun } from './finish-run';
import { keepWork, openRunWorkspace, type OpenedWorkspace } from './open-workspace';
import { prepare } from './prepare';
import { recoverCommit } from './recover-commit';
import { completeApproved } from './complete-approved';
import { AgentSession } from './session';

/** Stage 3: carries the steps of a run out, from wherever it stands, until it is done or has to wait. */
export async function implement(context: RunContext, setup: AgentSetup): Promise<RunEnd> {
  const opened = await openRunWorkspace(context);
  const session = new AgentSession(context, opened.workspace, setup);
  let end: RunEnd;
  try {
    end = await driveSteps(context, opened, session);
  } catch (error) {
    if (!(error instanceof Interrupted) || error.why === 'lease_lost') {
      await session.close();
      throw error;
    }
    end = endOfInterruption(error);
  }
  await session.close();
  if (end.stage !== 'delivery') await park(context, opened, session);
  return end;
}

async function driveSteps(context: RunContext, opened: OpenedWorkspace, session: AgentSession): Promise<RunEnd> {
  const { workspace } = opened;
  if (opened.restored) await session.restoreTranscript();
  const unready = await prepare(context, workspace, opened.restored);
  if (unready) return unready;
  await recoverCommit(context, workspace);
  for (;;) {
    context.control.checkpoint();
    const rows = await listStepRows(context.store.db, context.run.id);
    const row = next(rows);
    if (!row) return finishRun(context, workspace, rows);
    const approved = row.status === 'needs_review' && row.approved_by !== null;
    const end = approved
      ? await completeApproved(context, { workspace, session, row, rows })
      : await new StepDriver(context, workspace, session, row, rows).carryOut();
    if (end) return end;
    const after = await listStepRows(context.store.db, context.run.id);
    if (context.run.advance === 'manual' && next(after))
      return {
        to: 'paused',
        action: 'stage3_step_done',
        waitReason: 'advance',
        reason: `step ${row.key} is done; the next one starts when a person says so`,
      };
  }
}

const states = (rows: readonly StepRow[]) => rows.map((row) => ({ ...row, isLeaf: row.is_leaf }));
const next = (rows: readonly StepRow[]): StepRow | undefined => nextStep(states(rows));
export const openParents = (rows: readonly StepRow[]): StepRow[] => parentsToComplete(states(rows));

function endOfInterruption({ why, by }: Interrupted): RunEnd {
  const who = by === null ? '' : ` by ${by}`;
  switch (why) {
    case 'cancel':
      return { to: 'cancelled', action: 'run_cancelled', reason: `cancelled${who}` };
    case 'pause':
      return { to: 'paused', action: 'run_paused', waitReason: 'person', reason: `paused${who}` };
    default:
      return {
        to: 'queued',
        action: 'handed_over',
        waitReason: 'slot',
        reason: 'the executor is going away; another one goes on',
      };
  }
}

/** What the next executor needs, before this one lets go. */
async function park(context: RunContext, { workspace }: OpenedWorkspace, session: AgentSession): Promise<void> {
  const offset = await transcriptEnd(context.store.db, context.run.id, session.id);
  await keepWork(context, workspace, await session.transcriptSince(offset));
}
