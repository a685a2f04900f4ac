import { completeParent, listStepRows, openIntent, type CommitIntent, type Database } from '@lockstep/database';
import { parentsToComplete } from '@lockstep/domain';
import type { Workspace } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import type { AgentSession } from '../session/session';
import { finishCommit, type StepOutcome } from './commit-step';
import { statesOf } from './step-states';

/**
 * A crash after a step's gate had passed and its intent was kept: the step is finished from the intent, without the agent. Only where
 * this disk still has the tree and the branch stands where the intent begins; elsewhere the step is simply tried again.
 */
export async function recoverCommit(context: RunContext, workspace: Workspace, session: AgentSession): Promise<void> {
  const { store, run } = context;
  const intent = await openIntent(store.db, run.id);
  const rows = await listStepRows(store.db, run.id);
  if (intent && (await isNewest(store.db, intent)) && (await isAt(workspace, intent))) {
    await workspace.restoreTree(intent.treeSha);
    await finishCommit(context, workspace, session, {
      intent,
      outcome: { criteria: [], ...intent.facts } as unknown as StepOutcome,
      rows,
    });
  }
  const now = statesOf(await listStepRows(store.db, run.id));
  for (const parent of parentsToComplete(now)) await store.write((tx) => completeParent(tx, run.id, parent.key));
}

const isAt = async (workspace: Workspace, { parentSha, treeSha }: CommitIntent): Promise<boolean> =>
  parentSha === (await workspace.head()) && (await workspace.has(treeSha));

/** Once another attempt was opened, elsewhere for instance, the agent has gone on from there: its work counts, not the old tree. */
async function isNewest({ prisma }: Database, { runId, stepKey, attempt }: CommitIntent): Promise<boolean> {
  const later = await prisma.attempt.count({ where: { runId, stepKey, number: { gt: attempt } } });
  return later === 0;
}
