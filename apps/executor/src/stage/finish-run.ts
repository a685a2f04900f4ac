import { fromPlan, newFailuresOnly, type PlannedCommand, type VerificationResult } from '@lockstep/gate';
import { databaseTime, keepVerifications, type RunMove, type StepRow } from '@lockstep/database';
import { completedLeaves, leafCount } from '@lockstep/domain';
import type { Workspace } from '@lockstep/workspace';
import { blockedBy, firstLine, tryAgain, type RunEnd } from '../run/run-end';
import { plannedStep, type RunContext } from '../run/run-context';
import {
  describeFailure,
  evidence,
  letsThrough,
  plainCommand,
  runCommand,
  verificationLimitMs,
  type Place,
} from '../verify/command-runner';
import { comparable } from '../verify/affected';
import { meetPrerequisites } from '../verify/step-room';
import { redBaseline } from '../verify/test-reports';
import { attestationOf, commitLine, completeAsItIs } from './attested';
import { commitClosing } from './closing-commit';
import { baselineOf } from './prepare';

/**
 * The clean room's check, the closing commit, and the way to stage 4. A check that does not pass is a question; where its answer is that
 * the commit is delivered as it is, the closing commit and the results say on whose word.
 */
export async function finishRun(context: RunContext, workspace: Workspace, rows: readonly StepRow[]): Promise<RunEnd> {
  const head = await workspace.head();
  const attested = await attestationOf(context, head);
  const failed = attested ? null : await validateInCleanRoom(context, workspace, rows, head);
  if (failed) return askAboutFinal(failed, head);
  const within = await commitClosing(context, workspace, { head, attested });
  const summary = await summaryOf(context, rows);
  const stages = { from: { number: 3, name: 'implementation' as const }, to: { number: 4, name: 'delivery' as const } };
  return {
    to: 'queued',
    action: 'stage4_queued',
    waitReason: 'slot',
    stage: 'delivery',
    summary,
    events: [{ type: 'stage.changed', data: stages }],
    within,
  };
}

/** A fresh checkout of the branch, set up anew: what only worked in the agent's workspace fails here. Null: everything passes. */
async function validateInCleanRoom(
  context: RunContext,
  workspace: Workspace,
  rows: readonly StepRow[],
  head: string,
): Promise<VerificationResult | null> {
  const room = await workspace.cleanRoom(head);
  const place = { cwd: room.tree, home: room.home, reports: workspace.layout.reports };
  try {
    for (const script of context.settings.setup) {
      const limitMs = context.config.setupLimitMs;
      const result = await runCommand(context, place, { planned: plainCommand(script), limitMs });
      await keepFinal(context, result, 0);
      if (!letsThrough(result)) return result;
    }
    await meetPrerequisites(context, place);
    for (const result of await runFinal(context, place, rows)) {
      if (letsThrough(result) || result.optional || (await failsAsBefore(context, result))) continue;
      return result;
    }
    return null;
  } finally {
    await room.dispose();
  }
}

/** What was red before the first step, and accepted so by a person, may still fail in the same tests and no others. */
async function failsAsBefore(context: RunContext, result: VerificationResult): Promise<boolean> {
  const red = await redBaseline(context, result.command);
  if (red === null || result.verdict !== 'failed') return false;
  const { fresh, decidable } = newFailuresOnly(red, result);
  return decidable && fresh.length === 0;
}

async function runFinal(context: RunContext, place: Place, rows: readonly StepRow[]): Promise<VerificationResult[]> {
  const results: VerificationResult[] = [];
  for (const [position, planned] of (await finalCommands(context, rows)).entries()) {
    const result = await runCommand(context, place, {
      planned,
      again: true,
      limitMs: verificationLimitMs(context),
    });
    results.push(result);
    await keepFinal(context, result, position);
  }
  return results;
}

async function keepFinal({ store, run }: RunContext, result: VerificationResult, position: number): Promise<void> {
  const row = evidence(result, { purpose: 'final', stepKey: null, attempt: null, position, treeSha: null });
  await store.write((tx) => keepVerifications(tx, run.id, [row]));
}

/** What the clean room runs, and last of all the profile's health check. */
async function finalCommands(context: RunContext, rows: readonly StepRow[]): Promise<PlannedCommand[]> {
  const commands = [...(await affectedSet(context, rows)), ...context.settings.healthCheck.map(plainCommand)];
  return [...new Map(commands.map((command) => [command.script, command])).values()];
}

/** The baseline, every test that a step's gate ran, and what the plan says "done" looks like; else the last check. */
async function affectedSet(context: RunContext, rows: readonly StepRow[]): Promise<PlannedCommand[]> {
  const tested = await context.store.db.prisma.verification.findMany({
    where: { runId: context.run.id, purpose: 'step', runner: { not: null }, verdict: 'passed' },
    select: { command: true },
  });
  const ran = new Set(tested.map(({ command }) => command));
  const steps = rows
    .flatMap(({ key }) => plannedStep(context.plan, key)?.verification ?? [])
    .filter(({ before, outcome }) => !before && outcome === 'pass');
  const commands = [
    ...(await comparable(context, baselineOf(context))),
    ...steps.filter(({ command }) => ran.has(command)).map(fromPlan),
    ...context.plan.parsed.doneLooksLike.map(fromPlan),
  ];
  const unique = [...new Map(commands.map((command) => [command.script, command])).values()];
  if (unique.length > 0) return unique;
  const last = steps.at(-1);
  return last ? [fromPlan(last)] : context.settings.verify.map(plainCommand);
}

const askAboutFinal = (result: VerificationResult, head: string): RunEnd => {
  const text = [
    `The final validation, in a fresh checkout of the branch, does not pass; every step did. Look for what is missing from the commits: something that only the agent's workspace has. Mend what it needs and answer "${tryAgain}"; or answer "${completeAsItIs}", and the branch is delivered on your word: its results name you and what did not pass.`,
    commitLine(head),
    describeFailure(result),
  ].join('\n\n');
  const question = { stepKey: null, attempt: null, text, options: [tryAgain, completeAsItIs] };
  return { ...blockedBy([question], firstLine(text)), attempt: 'infra_error' };
};

export async function summaryOf(
  { store, run }: RunContext,
  rows: readonly StepRow[],
): Promise<NonNullable<RunMove['summary']>> {
  const row = await store.db.prisma.run.findUniqueOrThrow({
    where: { id: run.id },
    select: { costUsd: true, costPartial: true, startedAt: true },
  });
  const now = await databaseTime(store.db);
  const states = rows.map(({ key, parent, position, is_leaf, status }) => ({
    key,
    parent,
    position,
    isLeaf: is_leaf,
    status,
  }));
  return {
    steps: leafCount(states),
    completed: completedLeaves(states),
    filesModified: [...new Set(rows.flatMap(({ files_modified }) => files_modified))].sort(),
    costUsd: row.costUsd === null ? null : Number(row.costUsd),
    costIsPartial: row.costPartial,
    durationMs: row.startedAt === null ? 0 : Math.max(0, now.getTime() - row.startedAt.getTime()),
  };
}
