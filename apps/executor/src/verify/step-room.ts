import type { GateResult } from '@lockstep/gate';
import type { Capture } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import { lockstepAuthor } from './commit-message';
import { letsThrough, plainCommand } from './command-runner';
import type { GateRun } from './gate-step';
import { runCommands } from './run-commands';
import { stepCommands } from './step-commands';

/**
 * Where the profile asks for a clean room at each step: what passed in the agent's workspace is run once more in a fresh checkout of the
 * very tree that would be committed, set up anew. What only works because of something that is not in the tree fails here.
 */
export async function runInFreshCheckout(
  context: RunContext,
  gate: GateRun,
  { treeSha }: Capture,
): Promise<GateResult[]> {
  if (context.settings.cleanRoom === 'run') return [];
  const { workspace, row, rows } = gate;
  const room = await workspace.cleanRoom(await uncommitted(gate, treeSha));
  const place = { cwd: room.tree, home: room.home, reports: workspace.layout.reports };
  try {
    const setup = context.settings.setup.map(plainCommand);
    const ready = await runCommands(context, gate, { role: 'own', commands: setup, treeSha, place });
    const failed = ready.filter(({ result }) => !letsThrough(result));
    if (failed.length > 0) return failed.map(toldOfRoom);
    const commands = stepCommands(context, row, rows);
    return (await runCommands(context, gate, { role: 'own', commands, treeSha, place })).map(toldOfRoom);
  } finally {
    await room.dispose();
  }
}

/** Whoever reads of a failure must know that it comes from the checkout: the same command has passed in the workspace. */
const toldOfRoom = (each: GateResult): GateResult =>
  letsThrough(each.result)
    ? each
    : {
        ...each,
        result: { ...each.result, detail: `in a fresh checkout of what is to be committed: ${each.result.detail}` },
      };

/** A commit of the tree that no branch names: a checkout needs one. */
const uncommitted = async ({ workspace, row }: GateRun, treeSha: string): Promise<string> =>
  workspace.commit({
    treeSha,
    parent: await workspace.head(),
    message: `Check step ${row.key}\n`,
    author: lockstepAuthor,
    date: new Date(0),
  });
