import { letsThrough, lettingThrough } from '@lockstep/contracts';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromPlan, type PlannedCommand, type VerificationResult } from '@lockstep/gate';
import {
  keepRunFacts,
  keepVerifications,
  markDelivered,
  undeliveredAnswers,
  type NewVerification,
} from '@lockstep/database';
import type { Workspace } from '@lockstep/workspace';
import { blockedBy, tryAgain, type RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { describeFailure, evidence, plainCommand, runCommand, verificationLimitMs } from '../verify/command-runner';
import { installations, runQuietly } from '../verify/make-ready';

export const goOnWithRedBaseline = 'Go on: only new failures count';

/** Set-up, prerequisites and baseline. A failure here is nobody's fix attempt: it is a question. Null: the steps may begin. */
export async function prepare(context: RunContext, workspace: Workspace, restored: boolean): Promise<RunEnd | null> {
  const answers = (await undeliveredAnswers(context.store.db, context.run.id)).filter(
    ({ stepKey }) => stepKey === null,
  );
  const acceptsRed = answers.some(({ answer }) => /^\s*(go on|continue|accept)/i.test(answer ?? ''));
  const unready =
    (await setUp(context, workspace, restored)) ??
    (context.run.prepared_at === null ? await checkGround(context, workspace, { acceptsRed, restored }) : null);
  if (unready) return unready;
  await groundStands(
    context,
    answers.map(({ id }) => id),
  );
  return null;
}

/** Nothing runs before the first turn that the agent's process would have to wait for, or that could stop the run. */
export const isGroundBare = ({ run, settings, plan }: RunContext): boolean =>
  settings.setup.length === 0 &&
  (run.prepared_at !== null || (plan.parsed.prerequisites.length === 0 && baselineOf({ plan }).length === 0));

/** What people said about the ground counts until the steps may begin: a crash before that forgets none of it. */
async function groundStands(context: RunContext, answers: readonly string[]): Promise<void> {
  if (answers.length === 0 && context.run.prepared_at !== null) return;
  await context.store.write(async (tx) => {
    if (answers.length > 0) await markDelivered(tx, context.run.id, answers);
    await keepRunFacts(tx, context.run.id, { prepared: true });
  });
}

const setUpMark = (workspace: Workspace): string => join(workspace.layout.directory, 'set-up');

async function setUp(context: RunContext, workspace: Workspace, restored: boolean): Promise<RunEnd | null> {
  const done = !restored && (await readFile(setUpMark(workspace), 'utf8').catch(() => null)) !== null;
  if (done) return null;
  if (context.settings.setup.length === 0) {
    if (restored) await installAnew(context, workspace);
    return null;
  }
  const commands = context.settings.setup.map((script) => ({
    purpose: 'setup' as const,
    planned: plainCommand(script),
    what: 'set-up command',
  }));
  const failed = await runAll(context, workspace, commands);
  if (failed) return failed;
  await writeFile(setUpMark(workspace), '');
  return null;
}

/** What a step of the plan has installed on the disk that is gone. */
const installAnew = async (context: RunContext, workspace: Workspace): Promise<void> =>
  runQuietly(context, placeOf(workspace), {
    commands: await installations(context),
    limitMs: context.config.setupLimitMs,
  });

/** The plan's prerequisites in order, then what is green before the first step. */
async function checkGround(
  context: RunContext,
  workspace: Workspace,
  { acceptsRed, restored }: { acceptsRed: boolean; restored: boolean },
): Promise<RunEnd | null> {
  const done = restored ? new Set<string>() : await donePrerequisites(context);
  const { prerequisites } = context.plan.parsed;
  const ground = prerequisites.flatMap(({ title, setup, verification }) =>
    [...setup, ...verification].map((command) => ({
      purpose: 'prerequisite' as const,
      planned: fromPlan(command),
      what: `prerequisite "${title}"`,
    })),
  );
  const open = ground.filter(({ planned }) => !done.has(planned.script));
  const failed = await runAll(context, workspace, open);
  if (failed) return failed;
  const red = await runBaseline(context, workspace, baselineOf(context));
  return red !== null && !acceptsRed ? askAboutBaseline(red) : null;
}

/** What has passed on this disk is not run again, however often the run comes back before its first step. */
async function donePrerequisites({ store, run }: RunContext): Promise<Set<string>> {
  const rows = await store.db.prisma.verification.findMany({
    where: { runId: run.id, purpose: 'prerequisite', verdict: { in: [...lettingThrough] } },
    select: { command: true },
  });
  return new Set(rows.map(({ command }) => command));
}

/** The plan's baseline; the verification of steps that the document marks completed joins it. */
export function baselineOf({ plan }: Pick<RunContext, 'plan'>): PlannedCommand[] {
  const imported = plan.parsed.steps.filter(({ status, leaf }) => leaf && status === 'completed');
  const commands = [
    ...plan.parsed.prerequisites.flatMap(({ baseline }) => baseline),
    ...imported.flatMap(({ verification }) => verification.filter(({ before }) => !before)),
  ];
  const unique = new Map(commands.map((command) => [command.command, command]));
  return [...unique.values()].map(fromPlan);
}

async function runBaseline(
  context: RunContext,
  workspace: Workspace,
  commands: readonly PlannedCommand[],
): Promise<VerificationResult | null> {
  const rows: NewVerification[] = [];
  let red: VerificationResult | null = null;
  const before = await workspace.capture();
  for (const planned of commands) {
    context.control.checkpoint();
    const result = await runCommand(context, placeOf(workspace), {
      planned,
      limitMs: verificationLimitMs(context),
    });
    rows.push(
      evidence(result, {
        purpose: 'baseline',
        stepKey: null,
        attempt: null,
        position: rows.length,
        treeSha: before.treeSha,
      }),
    );
    if (!letsThrough(result) && !result.optional) red ??= result;
  }
  await leaveOut(workspace, before.treeSha);
  await context.store.write((tx) => keepVerifications(tx, context.run.id, rows));
  return red;
}

const askAboutBaseline = (red: VerificationResult): RunEnd =>
  blockedBy(
    [
      {
        stepKey: null,
        attempt: null,
        text: `The baseline is red before the first step. Mend the repository and answer "Try again", or go on with it as it is.\n\n${describeFailure(red)}`,
        options: [tryAgain, goOnWithRedBaseline],
      },
    ],
    'the baseline is red before the first step',
  );

interface Ground {
  readonly purpose: 'setup' | 'prerequisite';
  readonly planned: PlannedCommand;
  readonly what: string;
}

async function runAll(context: RunContext, workspace: Workspace, commands: readonly Ground[]): Promise<RunEnd | null> {
  for (const [position, { purpose, planned, what }] of commands.entries()) {
    context.control.checkpoint();
    const before = await workspace.capture();
    const result = await runCommand(context, placeOf(workspace), {
      planned,
      limitMs: context.config.setupLimitMs,
    });
    await leaveOut(workspace, before.treeSha);
    const row = evidence(result, { purpose, stepKey: null, attempt: null, position, treeSha: before.treeSha });
    await context.store.write((tx) => keepVerifications(tx, context.run.id, [row]));
    if (letsThrough(result) || result.optional) continue;
    const text = `The ${what} does not pass, so no step was begun. Mend what it needs and answer "Try again".\n\n${describeFailure(result)}`;
    return blockedBy([{ stepKey: null, attempt: null, text, options: [tryAgain] }], `the ${what} does not pass`);
  }
  return null;
}

export const placeOf = ({ layout }: Workspace) => ({ cwd: layout.tree, home: layout.home, reports: layout.reports });

/**
 * What set-up created belongs to no step: new paths are excluded from the run's commits as if `.gitignore` named them, changed ones
 * are put back.
 */
async function leaveOut(workspace: Workspace, treeSha: string): Promise<void> {
  const changes = await workspace.changedSince(treeSha);
  const created = changes.filter(({ status }) => status === 'added').map(({ path }) => path);
  if (created.length > 0) {
    const folder = join(workspace.layout.repository, 'info');
    await mkdir(folder, { recursive: true });
    await appendFile(join(folder, 'exclude'), created.map((path) => `/${escapePattern(path)}\n`).join(''));
  }
  if (changes.length > created.length) await workspace.restoreTree(treeSha);
}

/** A pattern that means this very path; a line break in a name, which no pattern can hold, is any one character. */
export const escapePattern = (path: string): string => path.replace(/[\\*?[\]!# ]/g, '\\$&').replace(/[\r\n]/g, '?');
