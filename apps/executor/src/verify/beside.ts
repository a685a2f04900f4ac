import type { Capture } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import { warning } from '../session/turn-notes';
import type { GateRun } from './gate-step';

/** A person who approved a step has read what its checks hang on. */
const isAsked = ({ settings }: RunContext, { row }: GateRun): boolean =>
  settings.cleanRoom === 'auto' && !(row.status === 'needs_review' && row.approved_by !== null);

/** What the agent changed that checks may use and the commit does not contain; to be asked before any check runs. */
export const changedBeside = async (
  context: RunContext,
  gate: GateRun,
  { leftOut }: Capture,
): Promise<readonly string[]> => (isAsked(context, gate) ? gate.workspace.beside.changes(leftOut, 'everywhere') : []);

/**
 * What the checks themselves, and so code of the agent's, changed where programs are looked up. Where there is nothing, things stand as
 * they are; what was found once is found at every later step, since it may be used by any of them.
 */
export async function settledBeside(
  context: RunContext,
  gate: GateRun,
  { leftOut }: Capture,
): Promise<readonly string[]> {
  if (!isAsked(context, gate)) return [];
  const { beside } = gate.workspace;
  const byChecks = await beside.changes(leftOut, 'tools');
  if (byChecks.length === 0) beside.settle();
  return byChecks;
}

export async function tellBeside({ store }: RunContext, { row }: GateRun, beside: readonly string[]): Promise<void> {
  if (beside.length === 0) return;
  const detail = `The verification of step ${row.key} runs once more in a fresh checkout, since it may use what changed and the commit does not contain: ${beside.join(', ')}`;
  await store.record(warning('beside_the_tree', detail));
}
