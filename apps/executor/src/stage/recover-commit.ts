import { completeParent, listStepRows, openIntent } from '@lockstep/database';
import type { Workspace } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import { finishCommit, type StepOutcome } from './commit-step';
import { openParents } from './implementation';

/**
 * A crash after a step's gate had passed and its intent was kept: the step is finished from the intent, without the agent. Only where
 * this disk still has the tree and the branch stands where the intent begins; elsewhere the step is simply tried again.
 */
export async function recoverCommit(context: RunContext, workspace: Workspace): Promise<void> {
  const { store, run } = context;
  const intent = await openIntent(store.db, run.id);
  const rows = await listStepRows(store.db, run.id);
  if (intent && intent.parentSha === (await workspace.head()) && (await workspace.has(intent.treeSha))) {
    await workspace.restoreTree(intent.treeSha);
    await finishCommit(context, workspace, null, { intent, outcome: intent.facts as unknown as StepOutcome, rows });
  }
  for (const parent of openParents(await listStepRows(store.db, run.id)))
    await store.write((tx) => completeParent(tx, run.id, parent.key));
}
