import { letsThrough } from '@lockstep/contracts';
import type { GateResult, PlannedCommand } from '@lockstep/gate';
import { isStepDone } from '@lockstep/domain';
import type { Capture } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import { runAffected } from './affected';
import { lockstepAuthor } from './commit-message';
import { plainCommand, verificationLimitMs, type Place } from './command-runner';
import type { GateRun } from './gate-step';
import { makeReady, runQuietly } from './make-ready';
import { runCommands } from './run-commands';
import { stepCommands } from './step-commands';

/**
 * What passed in the agent's workspace is run once more in a fresh checkout of the very tree that would be committed, set up anew. What
 * only works because of something that is not in the tree fails here.
 */
export async function runInFreshCheckout(
  context: RunContext,
  gate: GateRun,
  { treeSha }: Capture,
): Promise<GateResult[]> {
  const { workspace } = gate;
  const room = await workspace.cleanRoom(await uncommitted(gate, treeSha));
  const place = { cwd: room.tree, home: room.home, reports: workspace.layout.reports };
  try {
    const setup = context.settings.setup.map(plainCommand);
    const ready = await runCommands(context, gate, { role: 'own', commands: setup, treeSha, place });
    const failed = ready.filter(({ result }) => !letsThrough(result));
    if (failed.length > 0) return failed.map(toldOfRoom);
    await makeReady(context, place, workspace);
    return (await runChecks(context, gate, { treeSha, place })).map(lacking).map(toldOfRoom);
  } finally {
    await room.dispose();
  }
}

interface InRoom {
  readonly treeSha: string;
  readonly place: Place;
}

/** The step's commands; when they fail, once more after those of the steps before, which the workspace has seen run as well. */
async function runChecks(context: RunContext, gate: GateRun, { treeSha, place }: InRoom): Promise<GateResult[]> {
  const { row, rows } = gate;
  const round = { role: 'own' as const, commands: stepCommands(context, row, rows), treeSha, place };
  const first = await runCommands(context, gate, round);
  const earlier = first.every(passes) ? [] : earlierCommands(context, gate, round.commands);
  if (earlier.length > 0)
    await runQuietly(context, place, { commands: earlier, limitMs: verificationLimitMs(context) });
  const own = earlier.length > 0 ? await runCommands(context, gate, round) : first;
  return own.every(passes) ? [...own, ...(await runAffected(context, gate, { own, treeSha, place }))] : own;
}

const passes = ({ result }: GateResult): boolean => letsThrough(result) || result.optional;

function earlierCommands(
  context: RunContext,
  { row, rows }: GateRun,
  own: readonly PlannedCommand[],
): PlannedCommand[] {
  const scripts = new Set(own.map(({ script }) => script));
  const done = rows.filter((each) => each.is_leaf && each.position < row.position && isStepDone(each.status));
  const commands = done.flatMap((each) => stepCommands(context, each, rows));
  return [...new Map(commands.map((command) => [command.script, command])).values()].filter(
    ({ script }) => !scripts.has(script),
  );
}

/** The workspace has the tool, or the command had not passed there: it is the commit that lacks it, not the machine. */
const lacking = (each: GateResult): GateResult =>
  each.result.verdict === 'infra_error' && /is not available in the workspace/.test(each.result.detail)
    ? {
        ...each,
        result: {
          ...each.result,
          verdict: 'failed',
          detail: each.result.detail.replace(/ is not available in the workspace.*/, ' is not there'),
        },
      }
    : each;

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
