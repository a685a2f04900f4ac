import { verificationDigest, type PlannedCommand, type VerificationResult } from '@lockstep/gate';
import {
  keepDiff,
  keepIntent,
  keepResults,
  keepSnapshot,
  keepVerifications,
  type CommitIntent,
  type RunMove,
  type StepRow,
} from '@lockstep/database';
import { fromPlan } from '@lockstep/gate';
import { completedLeaves, leafCount } from '@lockstep/domain';
import { failpoint } from '@lockstep/runtime';
import type { Workspace } from '@lockstep/workspace';
import { askToRetry, type RunEnd } from '../run/run-end';
import { plannedStep, resultsPathOf, type RunContext } from '../run/run-context';
import { readResultsFacts, verificationFacts } from '../results/read-facts';
import { renderRunResults } from '../results/render';
import { closingMessage, lockstepAuthor } from '../verify/commit-message';
import {
  describeFailure,
  evidence,
  letsThrough,
  plainCommand,
  runCommand,
  verificationLimitMs,
} from '../verify/command-runner';
import { baselineOf } from './prepare';

/** The clean room's check, the closing commit, and the way to stage 4. */
export async function finishRun(context: RunContext, workspace: Workspace, rows: readonly StepRow[]): Promise<RunEnd> {
  const head = await workspace.head();
  const failed = await validateInCleanRoom(context, workspace, rows, head);
  if (failed) return failed;
  const within = await commitClosing(context, workspace, head);
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

/** A fresh checkout of the branch, set up anew: what only worked in the agent's workspace fails here. */
async function validateInCleanRoom(
  context: RunContext,
  workspace: Workspace,
  rows: readonly StepRow[],
  head: string,
): Promise<RunEnd | null> {
  const room = await workspace.cleanRoom(head);
  const place = { cwd: room.tree, home: room.home, reports: workspace.layout.reports };
  try {
    for (const script of context.settings.setup) {
      const result = await runCommand(place, { planned: plainCommand(script), limitMs: context.config.setupLimitMs });
      if (!letsThrough(result)) return askAboutFinal(result);
    }
    const results = await runFinal(context, place, rows);
    const bad = results.find((result) => !letsThrough(result) && !result.optional);
    return bad ? askAboutFinal(bad) : null;
  } finally {
    await room.dispose();
  }
}

async function runFinal(
  context: RunContext,
  place: Parameters<typeof runCommand>[0],
  rows: readonly StepRow[],
): Promise<VerificationResult[]> {
  const results: VerificationResult[] = [];
  for (const [position, planned] of (await finalCommands(context, rows)).entries()) {
    context.control.checkpoint();
    const result = await runCommand(place, { planned, again: true, limitMs: verificationLimitMs(context) });
    results.push(result);
    const row = evidence(result, { purpose: 'final', stepKey: null, attempt: null, position, treeSha: null });
    await context.store.write((tx) => keepVerifications(tx, context.run.id, [row]));
  }
  return results;
}

/** The affected set: the baseline, every test that a step's gate ran, and what the plan says "done" looks like; else the last check. */
async function finalCommands(context: RunContext, rows: readonly StepRow[]): Promise<PlannedCommand[]> {
  const tested = await context.store.db.prisma.verification.findMany({
    where: { runId: context.run.id, purpose: 'step', runner: { not: null }, verdict: 'passed' },
    select: { command: true },
  });
  const ran = new Set(tested.map(({ command }) => command));
  const steps = rows
    .flatMap(({ key }) => plannedStep(context.plan, key)?.verification ?? [])
    .filter(({ before, outcome }) => !before && outcome === 'pass');
  const commands = [
    ...baselineOf(context),
    ...steps.filter(({ command }) => ran.has(command)).map(fromPlan),
    ...context.plan.parsed.doneLooksLike.map(fromPlan),
  ];
  const unique = [...new Map(commands.map((command) => [command.script, command])).values()];
  if (unique.length > 0) return unique;
  const last = steps.at(-1);
  return last ? [fromPlan(last)] : context.settings.verify.map(plainCommand);
}

const askAboutFinal = (result: VerificationResult): RunEnd =>
  askToRetry(
    `The final validation, in a fresh checkout of the branch, does not pass; every step did. Look for what is missing from the commits, then answer "Try again".\n\n${describeFailure(result)}`,
  );

/** Makes the closing commit; gives what belongs into the transaction that ends the stage, so that there is never a second one. */
async function commitClosing(
  context: RunContext,
  workspace: Workspace,
  head: string,
): Promise<NonNullable<RunEnd['within']>> {
  const { store, run, plan } = context;
  const kept = await store.db.prisma.verification.findMany({
    where: { runId: run.id, purpose: 'final' },
    orderBy: { createdAt: 'asc' },
  });
  const final = [...new Map(kept.map((row) => [row.command, row])).values()];
  const facts = await readResultsFacts(context, {
    head,
    final: {
      state: 'passed',
      at: final.at(-1)?.createdAt.toISOString() ?? null,
      commit: head,
      verifications: final.map(verificationFacts),
    },
  });
  const results = renderRunResults(facts);
  await workspace.restoreTree(head);
  const { treeSha } = await workspace.capture();
  const intent: CommitIntent = {
    runId: run.id,
    stepKey: '',
    round: 1,
    attempt: 0,
    treeSha: await workspace.addToTree(treeSha, { path: resultsPathOf(plan), content: results }),
    parentSha: head,
    message: closingMessage({
      planId: plan.id,
      runId: run.id,
      title: plan.parsed.title,
      summary: 'Every step is completed, and a fresh checkout of the branch passes.',
      verification: digestOf(final),
    }),
    committedAt: new Date(),
    facts: { results },
  };
  await store.write((tx) => keepIntent(tx, intent));
  await failpoint('executor.closing.intent-kept');
  const sha = await workspace.commit({
    treeSha: intent.treeSha,
    parent: head,
    message: intent.message,
    author: lockstepAuthor,
    date: intent.committedAt,
  });
  await workspace.advance({ from: head, to: sha });
  await failpoint('executor.closing.advanced');
  const { bundle } = await workspace.snapshot({ since: head, author: lockstepAuthor, date: intent.committedAt });
  const diff = await workspace.diff(workspace.baseSha, sha);
  return async (tx) => {
    await keepSnapshot(tx, run.id, {
      kind: 'step',
      fromSha: head,
      headSha: sha,
      bundle,
      wipSha: null,
      wipBundle: null,
    });
    await keepResults(tx, run.id, results);
    await keepDiff(tx, run.id, diff.text);
  };
}

const digestOf = (
  rows: readonly {
    command: string;
    exitCode: number | null;
    verdict: VerificationResult['verdict'];
    outputSha256: string;
    passed: number | null;
    failed: number | null;
    skipped: number | null;
    total: number | null;
  }[],
): string =>
  verificationDigest(
    rows.map((row) => ({
      ...row,
      tests:
        row.total === null
          ? null
          : { passed: row.passed ?? 0, failed: row.failed ?? 0, skipped: row.skipped ?? 0, total: row.total },
    })),
  );

export async function summaryOf(
  { store, run }: RunContext,
  rows: readonly StepRow[],
): Promise<NonNullable<RunMove['summary']>> {
  const row = await store.db.prisma.run.findUniqueOrThrow({
    where: { id: run.id },
    select: { costUsd: true, startedAt: true },
  });
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
    durationMs: row.startedAt === null ? 0 : Math.max(0, Date.now() - row.startedAt.getTime()),
  };
}
