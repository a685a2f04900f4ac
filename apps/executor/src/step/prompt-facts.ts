import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanStep } from '@lockstep/contracts';
import { recentLessons, type StepRow } from '@lockstep/database';
import type { DoneStep, OpeningFacts, PromptDebt, PromptStep, TurnFacts } from '@lockstep/markers';
import type { Workspace } from '@lockstep/workspace';
import { plannedStep, type RunContext } from '../run/run-context';
import { stepCommands } from '../verify/step-commands';

const maxRepositoryWords = 32 * 1024;

/** A step as its prompt shows it: the plan's own words, and what the gate will run and look for. */
export function promptStep(context: RunContext, row: StepRow, rows: readonly StepRow[]): PromptStep {
  const planned = plannedStep(context.plan, row.key);
  return {
    key: row.key,
    title: row.title,
    section: row.section ?? planned?.section ?? row.title,
    parents: parentsOf(context, row, rows),
    verification: stepCommands(context, row, rows).map(({ script, expectTexts, optional }) => ({
      command: script,
      expect: expectTexts.join('\n') || null,
      optional,
    })),
    owes: planned ? debtsOf(planned) : [],
  };
}

function parentsOf(context: RunContext, row: StepRow, rows: readonly StepRow[]): NonNullable<PromptStep['parents']> {
  const parent = rows.find(({ key }) => key === row.parent);
  if (!parent) return [];
  const section = parent.section ?? plannedStep(context.plan, parent.key)?.section ?? parent.title;
  return [...parentsOf(context, parent, rows), { key: parent.key, title: parent.title, section }];
}

function debtsOf(step: PlanStep): PromptDebt[] {
  const paths = (test: boolean) => step.files.filter((file) => file.test === test).map(({ path }) => path);
  return [
    ...(step.declares.code ? [{ what: 'code' as const, paths: paths(false) }] : []),
    ...(step.declares.tests ? [{ what: 'tests' as const, paths: paths(true) }] : []),
  ];
}

export const doneSteps = (rows: readonly StepRow[]): DoneStep[] =>
  rows
    .filter(({ is_leaf, status }) => is_leaf && status === 'completed')
    .map(({ key, title, commit_sha, summary }) => ({ key, title, commit: commit_sha, summary }));

export interface TurnPlace {
  readonly row: StepRow;
  readonly rows: readonly StepRow[];
  readonly attempt: number;
  readonly retryCount: number;
  readonly workspace: Workspace;
}

/** Files beside the home folder, for text that is too long for one message. */
export const turnFacts = (
  context: RunContext,
  { row, rows, attempt, retryCount, workspace }: TurnPlace,
): TurnFacts => ({
  step: promptStep(context, row, rows),
  attempt,
  retryCount,
  maxFixes: context.settings.maxFixAttempts,
  done: doneSteps(rows),
  stepFile: join(workspace.layout.home, 'step.md'),
});

export async function openingFacts(
  context: RunContext,
  workspace: Workspace,
  guidelines: readonly string[],
): Promise<OpeningFacts> {
  const { plan, run } = context;
  return {
    title: plan.parsed.title,
    plan: plan.document,
    planFile: join(workspace.layout.home, 'plan.md'),
    planDocument: plan.path,
    resultsDocument: plan.resultsPath,
    branch: run.branch,
    base: workspace.baseSha,
    guidelines,
    repositoryWords: await repositoryWords(workspace),
    lessons: await lessonsOf(context),
  };
}

/** What earlier steps and earlier runs of the project have taught. */
const lessonsOf = async ({ store, run }: RunContext): Promise<OpeningFacts['lessons']> =>
  (await recentLessons(store.db, run.project_id)).map(({ evidence, ...lesson }) => ({
    ...lesson,
    ...(evidence === null ? {} : { evidence }),
  }));

/** The repository's own instructions, handed over as its words: with our flags Claude doesn't read them by itself. */
async function repositoryWords(workspace: Workspace): Promise<OpeningFacts['repositoryWords']> {
  const path = join(workspace.tree, 'CLAUDE.md');
  const status = await lstat(path).catch(() => null);
  if (!status?.isFile()) return null;
  return { path: 'CLAUDE.md', text: (await readFile(path, 'utf8')).slice(0, maxRepositoryWords) };
}
