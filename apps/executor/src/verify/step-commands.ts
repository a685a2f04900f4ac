import { fromPlan, type PlannedCommand } from '@lockstep/gate';
import type { PlanCommand } from '@lockstep/contracts';
import { isStepDone } from '@lockstep/domain';
import type { StepRow } from '@lockstep/database';
import { plannedStep, type RunContext } from '../run/run-context';
import { plainCommand } from './command-runner';

/**
 * What the gate runs for a step: its own verification; a parent's runs with its last child. A step that names none is checked with the
 * project's command, and a part that the agent split off with the nearest parent's.
 */
export function stepCommands(
  context: Pick<RunContext, 'plan' | 'settings'>,
  row: StepRow,
  rows: readonly StepRow[],
): PlannedCommand[] {
  const own = commandsOf(context, row.key);
  const inherited = own.length === 0 && row.section !== null ? ancestorCommands(context, row, rows) : [];
  const closing = closedParents(row, rows).flatMap((parent) => commandsOf(context, parent.key));
  const commands = unique([...own, ...inherited, ...closing]);
  return commands.length > 0 ? commands : context.settings.verify.map(plainCommand);
}

const commandsOf = ({ plan }: Pick<RunContext, 'plan'>, key: string): PlannedCommand[] =>
  (plannedStep(plan, key)?.verification ?? []).filter((command: PlanCommand) => !command.before).map(fromPlan);

function ancestorCommands(context: Pick<RunContext, 'plan'>, row: StepRow, rows: readonly StepRow[]): PlannedCommand[] {
  const parent = rows.find(({ key }) => key === row.parent);
  if (!parent) return [];
  const commands = commandsOf(context, parent.key);
  return commands.length > 0 ? commands : ancestorCommands(context, parent, rows);
}

/** The parents of which this step is the last open part, innermost first. */
export function closedParents(row: StepRow, rows: readonly StepRow[]): StepRow[] {
  const parent = rows.find(({ key }) => key === row.parent);
  if (!parent) return [];
  const open = rows.some((other) => other.parent === parent.key && other.key !== row.key && !isStepDone(other.status));
  return open ? [] : [parent, ...closedParents(parent, rows)];
}

const unique = (commands: readonly PlannedCommand[]): PlannedCommand[] => [
  ...new Map(commands.map((command) => [command.script, command])).values(),
];
