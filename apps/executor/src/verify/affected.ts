import type { GateResult, PlannedCommand } from '@lockstep/gate';
import type { RunContext } from '../run/run-context';
import { baselineOf } from '../stage/prepare';
import type { Place } from './command-runner';
import type { GateRun } from './gate-step';
import { runCommands } from './run-commands';
import { redBaseline } from './test-reports';

export interface Affected {
  /** What the step's own commands came to: what they ran isn't run again. */
  readonly own: readonly GateResult[];
  readonly treeSha: string;
  /** The agent's workspace when left out. */
  readonly place?: Place;
}

/** What worked before must still work; against a red baseline only new failures count. */
export async function runAffected(
  context: RunContext,
  gate: GateRun,
  { own, ...where }: Affected,
): Promise<GateResult[]> {
  const seen = new Set(own.map(({ result }) => result.command));
  const commands = (await comparable(context, baselineOf(context))).filter(({ script }) => !seen.has(script));
  return runCommands(context, gate, { role: 'affected', commands, ...where });
}

/**
 * Commands that were red before the first step and named no test can't be compared with themselves: a person accepted them as they
 * were, and they prove nothing.
 */
export async function comparable(context: RunContext, commands: readonly PlannedCommand[]): Promise<PlannedCommand[]> {
  const kept: PlannedCommand[] = [];
  for (const command of commands) {
    const red = await redBaseline(context, command.script);
    if (red === null || red.failing.length > 0) kept.push(command);
  }
  return kept;
}
