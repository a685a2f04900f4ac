import { isFault, type Fault, type FaultCode } from '@lockstep/contracts';
import { listStepRows } from '@lockstep/database';
import { failpoint } from '@lockstep/runtime';
import type { Workspace } from '@lockstep/workspace';
import { askToRetry, type RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { summaryOf } from './finish-run';
import { attestedItemsTrailer, attestedTrailer } from '../verify/commit-message';
import { openRunWorkspace, takeOver, type OpenedWorkspace } from '../workspace/open-workspace';

/** Stage 4: the branch goes to the project's repository. A push that was made before a crash is recognised, not repeated. */
export async function deliver(context: RunContext): Promise<RunEnd> {
  const opened = await openRunWorkspace(context);
  const refusal = await push(context, opened);
  return refusal === null ? completed(context, opened.workspace) : notDelivered(context, refusal);
}

/**
 * The same right after stage 3, in the workspace that it leaves. What the repository told when the run began is taken to hold still; a
 * push that finds otherwise changes nothing there, and the repository is asked anew.
 */
export async function deliverFrom(context: RunContext, opened: OpenedWorkspace): Promise<RunEnd> {
  await takeOver(context, opened.workspace);
  const [refusal, end] = await Promise.all([push(context, opened), completed(context, opened.workspace)]);
  if (refusal === null) return end;
  return refusal.code === 'branch_diverged' ? deliver(context) : notDelivered(context, refusal);
}

async function completed(context: RunContext, workspace: Workspace): Promise<RunEnd> {
  const rows = await listStepRows(context.store.db, context.run.id);
  const [summary, reason] = await Promise.all([summaryOf(context, rows), wordFor(workspace)]);
  return { to: 'completed', action: 'stage4_complete', summary, ...(reason === null ? {} : { reason }) };
}

const notDelivered = ({ run }: RunContext, { message }: Fault): RunEnd => ({
  ...askToRetry(`The branch ${run.branch} is finished but could not be delivered. ${message} Then answer "Try again".`),
  action: 'stage4_blocked',
});

/** What was delivered on somebody's word, the whole branch or items of its criteria, is told with the end of the run. */
async function wordFor(workspace: Workspace): Promise<string | null> {
  const { [attestedTrailer]: by, [attestedItemsTrailer]: items } = (await workspace.log()).at(-1)?.trailers ?? {};
  if (by === undefined) return null;
  return items !== undefined
    ? `completed; items of the success criteria and the checklist that hold on the word of ${by}: ${items}`
    : `completed as it is, on the word of ${by}: the final validation in a fresh checkout does not pass; the results show what failed`;
}

const refusals: readonly FaultCode[] = ['branch_diverged', 'push_rejected', 'repository_unreachable'];

/** Why the repository did not take the branch; null when it has it. */
async function push({ repository, run }: RunContext, { workspace, mirror }: OpenedWorkspace): Promise<Fault | null> {
  const there = mirror.advertised.get(`refs/heads/${run.branch}`) ?? null;
  if (there === (await workspace.head())) return null;
  try {
    await failpoint('executor.delivery.pushing');
    await workspace.push({ url: repository, expected: there });
    await failpoint('executor.delivery.pushed');
    return null;
  } catch (error) {
    if (isFault(error) && refusals.includes(error.code)) return error;
    throw error;
  }
}
