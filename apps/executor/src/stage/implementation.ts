import { listStepRows, type StepRow } from '@lockstep/database';
import { nextStep } from '@lockstep/domain';
import type { AgentSetup } from '../agent-setup';
import { Interrupted } from '../lease/run-control';
import { NotKept, type RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { AgentSession } from '../session/session';
import { completeApproved } from '../step/complete-approved';
import { recoverCommit } from '../step/recover-commit';
import { reviewEnd } from '../step/step-end';
import { StepDriver } from '../step/step-driver';
import { statesOf } from '../step/step-states';
import { beginRunWorkspace, openRunWorkspace, type OpenedWorkspace } from '../workspace/open-workspace';
import { WorkKeeper } from '../workspace/work-keeper';
import { deliverFrom } from './deliver';
import { finishRun } from './finish-run';
import { isGroundBare, prepare } from './prepare';

/** Stage 3: carries the steps of a run out, from wherever it stands, until it is done or has to wait. */
export async function implement(context: RunContext, setup: AgentSetup): Promise<RunEnd> {
  const session = new AgentSession(context, await beginRunWorkspace(context), setup);
  if (session.isFresh && isGroundBare(context)) session.warm();
  const opened = await openOrClose(context, session);
  const keeper = new WorkKeeper(context, opened.workspace, session);
  let end: RunEnd;
  try {
    end = await driveSteps(context, opened, { session, keeper });
  } catch (error) {
    await session.close();
    if (!(error instanceof Interrupted)) await parkIfPossible(context, keeper);
    if (!(error instanceof Interrupted) || error.why === 'lease_lost') throw error;
    end = endOfInterruption(error);
  }
  await session.close();
  if (goesOn(end)) await keepOrSay(keeper, end);
  return end.stage === 'delivery' ? { ...end, next: (after) => deliverFrom(after, opened) } : end;
}

async function keepOrSay(keeper: WorkKeeper, end: RunEnd): Promise<void> {
  await keeper.keep('park').catch((error: unknown) => {
    throw new NotKept(end, error);
  });
}

/** Claude's process, which starts meanwhile, is ended when there is no workspace for it. */
async function openOrClose(context: RunContext, session: AgentSession): Promise<OpenedWorkspace> {
  try {
    return await openRunWorkspace(context);
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Somebody will go on with the steps from what this executor leaves. */
const goesOn = ({ to, stage }: RunEnd): boolean => to !== 'cancelled' && stage !== 'delivery';

/** What went wrong is told by whoever threw; the work is kept beside it where that can still be done. */
async function parkIfPossible(context: RunContext, keeper: WorkKeeper): Promise<void> {
  if (context.control.isLeaseLost) return;
  await keeper
    .keep('park')
    .catch((error: unknown) => context.logger.warn({ err: error }, 'the work in progress could not be kept'));
}

interface Driving {
  readonly session: AgentSession;
  readonly keeper: WorkKeeper;
}

async function driveSteps(context: RunContext, opened: OpenedWorkspace, driving: Driving): Promise<RunEnd> {
  const { workspace } = opened;
  const { session } = driving;
  if (opened.restored) await session.restoreTranscript();
  const unready = await prepare(context, workspace, opened.restored);
  if (unready) return unready;
  // No turn of the agent's has ever been: what stands beside the tree now came with the ground.
  if (context.run.prepared_at === null) workspace.beside.settle();
  await recoverCommit(context, workspace, session);
  for (;;) {
    context.control.checkpoint();
    const rows = await listStepRows(context.store.db, context.run.id);
    const row = next(rows);
    if (!row) return finishWithout(session, () => finishRun(context, workspace, rows));
    const end = await driveStep(context, opened, driving, { row, rows });
    if (end) return end;
    if (context.run.advance === 'manual' && next(await listStepRows(context.store.db, context.run.id)))
      return pausedAfter(row);
  }
}

/** No turn comes any more: Claude's process ends while the clean room is at work. */
async function finishWithout(session: AgentSession, finish: () => Promise<RunEnd>): Promise<RunEnd> {
  const [end] = await Promise.all([finish(), session.close()]);
  return end;
}

async function driveStep(
  context: RunContext,
  { workspace }: OpenedWorkspace,
  { session, keeper }: Driving,
  { row, rows }: { row: StepRow; rows: readonly StepRow[] },
): Promise<RunEnd | null> {
  if (row.status === 'needs_review') {
    return row.approved_by === null
      ? reviewEnd(`step ${row.key} still needs a review: approve it, or have it tried again`)
      : completeApproved(context, { workspace, session, keeper, row, rows });
  }
  await leaveSkippedBehind(workspace, row, rows);
  session.warm();
  return new StepDriver(context, { workspace, session, keeper, row, rows }).carryOut();
}

/** What the agent had begun of a step that a person skipped belongs to no step. */
async function leaveSkippedBehind(
  workspace: OpenedWorkspace['workspace'],
  row: StepRow,
  rows: readonly StepRow[],
): Promise<void> {
  const afterSkipped = rows.some(({ status, position }) => status === 'skipped' && position < row.position);
  if (afterSkipped && row.status === 'pending') await workspace.restoreTree(await workspace.head());
}

const next = (rows: readonly StepRow[]): StepRow | undefined => nextStep(statesOf(rows));

const pausedAfter = ({ key }: StepRow): RunEnd => ({
  to: 'paused',
  action: 'stage3_step_done',
  waitReason: 'advance',
  reason: `step ${key} is done; the next one starts when a person says so`,
});

function endOfInterruption({ why, by }: Interrupted): RunEnd {
  const who = by === null ? '' : ` by ${by}`;
  switch (why) {
    case 'cancel':
      return { to: 'cancelled', action: 'run_cancelled', reason: `cancelled${who}`, attempt: 'cancelled' };
    case 'pause':
      return { to: 'paused', action: 'run_paused', waitReason: 'person', reason: `paused${who}` };
    default:
      return {
        to: 'queued',
        action: 'handed_over',
        handsOver: true,
        waitReason: 'slot',
        reason: 'the executor is going away; another one goes on',
      };
  }
}
