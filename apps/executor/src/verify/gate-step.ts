import {
  checkArtifacts,
  compareTests,
  decideGate,
  failureReport,
  isTestSetup,
  verificationDigest,
  type GateDecision,
  type GateResult,
  type PlannedCommand,
  type ReportedTests,
  type TreeChange,
  type VerificationResult,
} from '@lockstep/gate';
import type { NewEvent } from '@lockstep/contracts';
import { appendRunEvents, keepVerifications, type NewVerification, type StepRow } from '@lockstep/database';
import type { Capture, Workspace } from '@lockstep/workspace';
import { plannedStep, resultsPathOf, type RunContext } from '../run/run-context';
import { warning } from '../stage/marker-events';
import { baselineOf, placeOf } from '../stage/prepare';
import { evidence, letsThrough, runCommand, verificationLimitMs } from './command-runner';
import { stepCommands } from './step-commands';

export interface GateRun {
  readonly row: StepRow;
  readonly rows: readonly StepRow[];
  readonly attempt: number;
  readonly workspace: Workspace;
}

export interface GateOutcome {
  readonly decision: GateDecision;
  /** The tree that was checked, and that a passing gate commits. */
  readonly capture: Capture;
  readonly results: readonly GateResult[];
  readonly digest: string;
  readonly failure: string;
  readonly deviations: readonly string[];
}

/** Lockstep's own check that a step is complete. The agent's processes have been ended before. */
export async function runGate(context: RunContext, gate: GateRun): Promise<GateOutcome> {
  const { workspace, row } = gate;
  const capture = await workspace.capture();
  if (capture.nestedRepositories.length > 0)
    await context.store.record(
      warning(
        'nested_repository',
        `Left out, because they are repositories of their own: ${capture.nestedRepositories.join(', ')}`,
      ),
    );
  const { results, treeChanged } = await checkTwiceIfTouched(context, gate, capture);
  const changed = await changesWithContents(workspace, capture);
  const step = plannedStep(context.plan, row.key) ?? undeclared;
  const artifacts = checkArtifacts({
    step,
    changed: capture.changed,
    existing: await workspace.paths(capture.treeSha),
    planPath: context.plan.path,
    resultsPath: resultsPathOf(context.plan),
  });
  const tests = compareTests({
    ...(await testsBeforeAndAfter(context, results)),
    changed,
    declared: step.files.map(({ path }) => path),
  });
  const decision = decideGate({
    results,
    owesTests: step.declares.tests && step.kind === 'implement',
    artifacts,
    tests,
    treeChanged,
    deviations: 'warn',
  });
  return {
    decision,
    capture,
    results,
    digest: verificationDigest(results.map(({ result }) => result)),
    failure: failureText(decision, results),
    deviations: artifacts.deviations,
  };
}

/** A part that the agent split off declares nothing of its own. */
const undeclared = { kind: 'implement' as const, declares: { code: false, tests: false, documents: false }, files: [] };

interface Checked {
  readonly results: readonly GateResult[];
  readonly treeChanged: readonly string[];
}

/**
 * A check that rewrites files of the tree is run once more on the tree put back: when the same files change again it is the check's own
 * doing, and repeatable; when not, somebody else wrote meanwhile and the gate fails. What checks create is removed either way.
 */
async function checkTwiceIfTouched(context: RunContext, gate: GateRun, capture: Capture): Promise<Checked> {
  const first = await runChecks(context, gate, capture);
  if (first.treeChanged.length === 0) return first;
  const second = await runChecks(context, gate, capture);
  if (second.treeChanged.length === 0 || second.treeChanged.join('\0') !== first.treeChanged.join('\0'))
    return { results: second.results, treeChanged: [...new Set([...first.treeChanged, ...second.treeChanged])] };
  await context.store.record(
    warning(
      'tree_changed',
      `The verification rewrites ${second.treeChanged.slice(0, 20).join(', ')}; the files were put back as the agent left them.`,
    ),
  );
  return { results: second.results, treeChanged: [] };
}

async function runChecks(context: RunContext, gate: GateRun, { treeSha }: Capture): Promise<Checked> {
  const own = await runCommands(context, gate, {
    role: 'own',
    commands: stepCommands(context, gate.row, gate.rows),
    treeSha,
  });
  const affected = own.every(({ result }) => letsThrough(result) || result.optional)
    ? await runAffected(context, gate, own, treeSha)
    : [];
  const changes = await gate.workspace.changedSince(treeSha);
  if (changes.length > 0) await gate.workspace.restoreTree(treeSha);
  return {
    results: [...own, ...affected],
    treeChanged: changes
      .filter(({ status }) => status !== 'added')
      .map(({ path }) => path)
      .sort(),
  };
}

/** What worked before must still work; against a red baseline only new failures count. */
async function runAffected(
  context: RunContext,
  gate: GateRun,
  own: readonly GateResult[],
  treeSha: string,
): Promise<GateResult[]> {
  const seen = new Set(own.map(({ result }) => result.command));
  const commands = baselineOf(context).filter(({ script }) => !seen.has(script));
  return runCommands(context, gate, { role: 'affected', commands, treeSha });
}

interface Round {
  readonly role: GateResult['role'];
  readonly commands: readonly PlannedCommand[];
  readonly treeSha: string;
}

async function runCommands(
  context: RunContext,
  { row, attempt, workspace }: GateRun,
  { role, commands, treeSha }: Round,
): Promise<GateResult[]> {
  const results: GateResult[] = [];
  for (const [position, planned] of commands.entries()) {
    context.control.checkpoint();
    await context.store.record({
      type: 'verification.started',
      data: { stepId: row.key, attempt, command: planned.script },
    });
    const result = await runCommand(placeOf(workspace), {
      planned,
      again: true,
      limitMs: verificationLimitMs(context),
    });
    const baseline = role === 'affected' ? await earlier(context, planned.script, 'baseline') : null;
    results.push({ result, role, ...(baseline && !letsThrough(baseline) ? { baseline } : {}) });
    const purpose = role === 'own' ? 'step' : 'affected';
    await keepResult(context, evidence(result, { purpose, stepKey: row.key, attempt, position, treeSha }), result);
  }
  return results;
}

const keepResult = (context: RunContext, kept: NewVerification, result: VerificationResult): Promise<void> =>
  context.store.write(async (tx) => {
    await keepVerifications(tx, context.run.id, [kept]);
    await appendRunEvents(tx, context.run.id, [finished(kept, result)]);
  });

const finished = (kept: NewVerification, { outputTail }: VerificationResult): NewEvent => ({
  type: 'verification.finished',
  data: {
    stepId: kept.stepKey ?? '',
    attempt: kept.attempt ?? 0,
    command: kept.command,
    exitCode: kept.exitCode,
    verdict: kept.verdict,
    ...(kept.tests ? { tests: kept.tests } : {}),
    durationMs: Math.round(kept.durationMs),
    outputTail: outputTail.slice(-2000),
  },
});

/** The newest report of a command that let something through, or of the baseline. */
async function earlier(context: RunContext, command: string, purpose?: 'baseline') {
  const row = await context.store.db.prisma.verification.findFirst({
    where: {
      runId: context.run.id,
      command,
      total: { not: null },
      ...(purpose ? { purpose } : { verdict: { in: ['passed', 'flaky'] } }),
    },
    orderBy: { createdAt: 'desc' },
  });
  if (!row) return null;
  const { names, complete } = row.tests as unknown as { names: ReportedTests['names']; complete: boolean };
  const tests = { passed: row.passed ?? 0, failed: row.failed ?? 0, skipped: row.skipped ?? 0, total: row.total ?? 0 };
  return { verdict: row.verdict, failing: row.failing, tests, names, namesComplete: complete };
}

/** The same commands' reports before this step and now, put together. */
async function testsBeforeAndAfter(
  context: RunContext,
  results: readonly GateResult[],
): Promise<{ before: ReportedTests | null; after: ReportedTests | null }> {
  const pairs: { before: ReportedTests; after: VerificationResult }[] = [];
  for (const { result } of results) {
    const before = await earlier(context, result.command);
    if (before) pairs.push({ before, after: result });
  }
  if (pairs.length === 0) return { before: null, after: null };
  return { before: merged(pairs.map(({ before }) => before)), after: merged(pairs.map(({ after }) => after)) };
}

const merged = (reports: readonly ReportedTests[]): ReportedTests => {
  const counted = reports.flatMap(({ tests }) => (tests ? [tests] : []));
  const sum = (of: 'passed' | 'failed' | 'skipped' | 'total'): number =>
    counted.reduce((total, tests) => total + tests[of], 0);
  return {
    ...(counted.length > 0
      ? { tests: { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), total: sum('total') } }
      : {}),
    names: reports.flatMap(({ names }) => names),
    namesComplete: reports.every(({ namesComplete }) => namesComplete),
  };
};

async function changesWithContents(workspace: Workspace, { changed, treeSha }: Capture): Promise<TreeChange[]> {
  const head = await workspace.head();
  const read = (at: string, path: string, missing: boolean) => (missing ? null : workspace.readText(at, path));
  return Promise.all(
    changed.map(async (change) =>
      isTestSetup(change.path)
        ? {
            ...change,
            before: await read(head, change.path, change.status === 'added'),
            after: await read(treeSha, change.path, change.status === 'deleted'),
          }
        : change,
    ),
  );
}

function failureText(decision: GateDecision, results: readonly GateResult[]): string {
  const reports = results
    .filter(({ result }) => !letsThrough(result) && !result.optional)
    .map(({ result }) => failureReport(result));
  return [...decision.reasons.map(({ message }) => `- ${message}`), ...reports].join('\n\n');
}
