import type { AmendmentImpact, StepImpact } from '@lockstep/contracts';
import { printable, type Client } from '@lockstep/client';
import { exitCodes } from '../exit-code';
import { readPlan } from '../run/command';
import { jsonLine, type Terminal } from '../terminal';

export interface AmendFlags {
  readonly json?: boolean;
  /** Show what the amendment would do, and store nothing. */
  readonly dryRun?: boolean;
}

/** Puts an amended document in the place of a run's plan: shows what it does to each step, approves it, and the run goes on. */
export async function amendCommand(
  client: Client,
  { runId, file }: { readonly runId: string; readonly file: string },
  flags: AmendFlags,
  terminal: Terminal,
): Promise<number> {
  const document = readPlan(file);
  if (flags.dryRun) return show(await client.runs.previewAmendment(runId, { document }), flags, terminal);
  const { plan, impact } = await client.runs.amend(runId, { document });
  await client.plans.approve(plan.id);
  show(impact, flags, terminal);
  terminal.err(`Version ${plan.version} of the plan is approved and the run goes on: lockstep watch ${runId}\n`);
  return exitCodes.completed;
}

function show(impact: AmendmentImpact, { json }: AmendFlags, terminal: Terminal): number {
  if (json) terminal.out(jsonLine(impact));
  else terminal.out(impactText(impact));
  return exitCodes.completed;
}

/** A line a step: what becomes of it, and why. */
export function impactText({ steps, groundChanged, discardsWork }: AmendmentImpact): string {
  const notes = [
    ...(groundChanged ? ['Prerequisites or baseline differ: they are checked again before the next step.'] : []),
    ...(discardsWork ? ['Work that was begun is thrown away.'] : []),
  ];
  return [...steps.filter(({ isLeaf }) => isLeaf).map(stepLine), ...notes, ''].join('\n');
}

const stepLine = ({ key, title, effect, reason }: StepImpact): string =>
  printable(`${effect.padEnd(8)}${key} ${title}: ${reason}`);
