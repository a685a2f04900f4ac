import { readFileSync } from 'node:fs';
import { Fault, type Project, type ProjectSettings, type Run, type SubmitPlan } from '@lockstep/contracts';
import type { Client } from '@lockstep/client';
import { exitCodes } from '../exit-code';
import { jsonLine, type Terminal } from '../terminal';
import { watchCommand, type WatchFlags } from '../commands/watch';
import { checkSameProject, findOrCreateProject, type ProjectWish } from './project';
import { chooseRepository } from './repository';

export interface RunFlags extends WatchFlags {
  readonly repo: string;
  readonly base?: string;
  readonly setup?: readonly string[];
  readonly verify?: readonly string[];
  readonly profile?: ProjectSettings['profile'];
  readonly model?: string;
  readonly advance?: ProjectSettings['advance'];
  /** A run's id, or `last`. */
  readonly after?: string;
  readonly maxCost?: number;
  readonly maxTokens?: number;
  /** Seconds. */
  readonly maxTime?: number;
  readonly maxAttempts?: number;
  readonly detach?: boolean;
}

/** Submits a plan, approves it and watches its run. Approving is what the person does who types this. */
export async function runCommand(client: Client, file: string, flags: RunFlags, terminal: Terminal): Promise<number> {
  const run = await startRun(client, file, flags);
  if (flags.json) terminal.out(jsonLine({ runId: run.id, planId: run.planId, branch: run.branch }));
  else terminal.err(startedText(run, flags));
  if (!flags.detach) return watchCommand(client, run.id, flags, terminal);
  terminal.err(`Started. To see it: lockstep watch ${run.id}\n`);
  return exitCodes.completed;
}

/** `last` may have found no run to wait for: a project of other settings is another one. */
export const startedText = (
  { id, branch, afterRunId }: Pick<Run, 'id' | 'branch' | 'afterRunId'>,
  { after }: Pick<RunFlags, 'after'>,
): string => {
  const alone = after !== undefined && !afterRunId;
  return `Run ${id} on branch ${branch}${alone ? '; its project has no run to come after: it begins at once' : ''}\n`;
};

async function startRun(client: Client, file: string, flags: RunFlags): Promise<Run> {
  const document = readPlan(file);
  const chosen = await chooseRepository({ repository: flags.repo, base: flags.base, planFile: file });
  const wish = { repository: chosen.repository, base: flags.base ?? null, settings: settingsOf(flags) };
  const { id: projectId } = await projectFor(client, flags.after, wish);
  const plan = await client.plans.submit({
    projectId,
    document,
    ...(chosen.planPath === undefined ? {} : { path: chosen.planPath }),
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    ...budgetOf(flags),
  });
  const { runId } = await client.plans.approve(
    plan.id,
    undefined,
    flags.after === undefined ? {} : { after: flags.after },
  );
  return client.runs.get(runId);
}

/** A run that comes after another one belongs to that one's project. */
async function projectFor(client: Client, after: string | undefined, wish: ProjectWish): Promise<Project> {
  if (after === undefined || after === 'last') return findOrCreateProject(client, wish);
  const project = await client.projects.get((await client.runs.get(after)).projectId);
  checkSameProject(project, wish, after);
  return project;
}

export function settingsOf({ setup, verify, model, advance }: RunFlags): Partial<ProjectSettings> {
  return {
    ...(setup ? { setup: [...setup] } : {}),
    ...(verify ? { verify: [...verify] } : {}),
    ...(model === undefined ? {} : { model }),
    ...(advance === undefined ? {} : { advance }),
  };
}

/** A budget is this run's own; it makes no other project of its repository. */
export function budgetOf({ maxCost, maxTokens, maxTime, maxAttempts }: RunFlags): Pick<SubmitPlan, 'settings'> {
  const said = { costUsd: maxCost, tokens: maxTokens, seconds: maxTime, attempts: maxAttempts };
  const budget = Object.fromEntries(Object.entries(said).filter(([, limit]) => limit !== undefined));
  return Object.keys(budget).length === 0 ? {} : { settings: { budget } };
}

/** The file's text. @throws Fault bad_request */
export function readPlan(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault(
      'bad_request',
      `The plan ${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Check the path.`,
    );
  }
}
