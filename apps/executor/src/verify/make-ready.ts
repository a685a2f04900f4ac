import { readdir } from 'node:fs/promises';
import { fromPlan, type PlannedCommand } from '@lockstep/gate';
import { plannedInstallations, usualInstallations } from '@lockstep/plan';
import type { Workspace } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import { plainCommand, runCommand, type Place } from './command-runner';

/**
 * What was done to the workspace before its checks and is in no commit, done again in a fresh checkout: the set-up of the plan's
 * prerequisites and, where the project has no set-up commands, the installations. Where it doesn't work a second time, the checks that
 * need it say so.
 */
export async function makeReady(context: RunContext, place: Place, workspace: Workspace): Promise<void> {
  const prerequisites = context.plan.parsed.prerequisites.flatMap(({ setup }) => setup.map(fromPlan));
  await runQuietly(context, place, { commands: prerequisites, limitMs: context.config.setupLimitMs });
  const planned = await installations(context);
  const commands = planned.length > 0 ? planned : await usual(context, place, workspace);
  await runQuietly(context, place, { commands, limitMs: context.config.setupLimitMs });
}

export interface Quietly {
  readonly commands: readonly PlannedCommand[];
  readonly limitMs: number;
}

/** Commands that only make things ready: no result of theirs is kept. */
export async function runQuietly(context: RunContext, place: Place, { commands, limitMs }: Quietly): Promise<void> {
  for (const planned of commands) await runCommand(context, place, { planned, limitMs });
}

/** The plan's own installations, in the steps that were begun: for a project without set-up commands. */
export async function installations({ settings, plan, store, run }: RunContext): Promise<PlannedCommand[]> {
  if (settings.setup.length > 0) return [];
  const begun = await store.db.prisma.step.findMany({
    where: { runId: run.id, status: { notIn: ['pending', 'skipped'] } },
    select: { key: true },
  });
  const keys = new Set(begun.map(({ key }) => key));
  return plannedInstallations(plan.parsed.steps.filter(({ key }) => keys.has(key))).map(plainCommand);
}

/** The usual ones for what the agent has installed in the workspace. */
async function usual({ settings }: RunContext, place: Place, { layout }: Workspace): Promise<PlannedCommand[]> {
  if (settings.setup.length > 0) return [];
  return usualInstallations(await namesIn(layout.tree), await namesIn(place.cwd)).map(plainCommand);
}

const namesIn = async (folder: string): Promise<Set<string>> => new Set(await readdir(folder));
