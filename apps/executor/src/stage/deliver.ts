import { isFault } from '@lockstep/contracts';
import { listStepRows } from '@lockstep/database';
import { failpoint } from '@lockstep/runtime';
import type { Mirror, Workspace } from '@lockstep/workspace';
import { askToRetry, type RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { summaryOf } from './finish-run';
import { attestedItemsTrailer, attestedTrailer } from '../verify/commit-message';
import { openRunWorkspace } from '../workspace/open-workspace';

/** Stage 4: the branch goes to the project's repository. A push that was made before a crash is recognised, not repeated. */
export async function deliver(context: RunContext): Promise<RunEnd> {
  const { workspace, mirror } = await openRunWorkspace(context);
  const refused = await push(context, workspace, mirror);
  if (refused) return refused;
  const rows = await listStepRows(context.store.db, context.run.id);
  const summary = await summaryOf(context, rows);
  const reason = await wordFor(workspace);
  return { to: 'completed', action: 'stage4_complete', summary, ...(reason === null ? {} : { reason }) };
}

/** What was delivered on somebody's word, the whole branch or items of its criteria, is told with the end of the run. */
async function wordFor(workspace: Workspace): Promise<string | null> {
  const { [attestedTrailer]: by, [attestedItemsTrailer]: items } = (await workspace.log()).at(-1)?.trailers ?? {};
  if (by === undefined) return null;
  return items !== undefined
    ? `completed; items of the success criteria and the checklist that hold on the word of ${by}: ${items}`
    : `completed as it is, on the word of ${by}: the final validation in a fresh checkout does not pass; the results show what failed`;
}

async function push({ repository, run }: RunContext, workspace: Workspace, mirror: Mirror): Promise<RunEnd | null> {
  const there = mirror.advertised.get(`refs/heads/${run.branch}`) ?? null;
  if (there === (await workspace.head())) return null;
  try {
    await failpoint('executor.delivery.pushing');
    await workspace.push({ url: repository, expected: there });
    await failpoint('executor.delivery.pushed');
    return null;
  } catch (error) {
    if (!isFault(error) || !['branch_diverged', 'push_rejected', 'repository_unreachable'].includes(error.code))
      throw error;
    return {
      ...askToRetry(
        `The branch ${run.branch} is finished but could not be delivered. ${error.message} Then answer "Try again".`,
      ),
      action: 'stage4_blocked',
    };
  }
}
