import { letsThrough } from '@lockstep/contracts';
import {
  checkArtifacts,
  compareTests,
  decideGate,
  isTestFile,
  matchesPath,
  verificationDigest,
  type ArtifactCheck,
  type GateDecision,
  type GateInput,
  type GateResult,
  type Places,
} from '@lockstep/gate';
import type { StepRow } from '@lockstep/database';
import { pathOf } from '@lockstep/plan';
import type { Capture, Workspace } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import { warning } from '../session/turn-notes';
import { runAffected } from './affected';
import { changedBeside, settledBeside, tellBeside } from './beside';
import { readChanges, withCalled } from './changes';
import { owedBy, owing, type Owed } from './owed';
import { runCommands, runsTests } from './run-commands';
import { runInFreshCheckout } from './step-room';
import { stepCommands } from './step-commands';
import { earlierReport, testsBeforeAndAfter } from './test-reports';

const mostTold = 20;

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
  readonly deviations: readonly string[];
}

/** Lockstep's own check that a step is complete. The agent's processes have been ended before. */
export async function runGate(context: RunContext, gate: GateRun): Promise<GateOutcome> {
  const { workspace } = gate;
  const capture = await workspace.capture();
  await tellLeftOut(context, capture);
  workspace.beside.dropCompiled(capture.leftOut);
  const byAgent = await changedBeside(context, gate, capture);
  const owed = await owedBy(context, gate, capture);
  const { results, treeChanged } = await checkTwiceIfTouched(context, gate, capture, owed);
  const artifacts = await artifactsOf(context, gate, capture, owed);
  const tests = compareTests({
    ...(await testsBeforeAndAfter(context, gate.row.key, results)),
    earlier: await earlierReport(context, gate, results),
    changed: await readChanges(workspace, capture),
    declared: owed.step.files.map(({ path }) => path),
    silenced: await silencedBy(workspace, results),
    commands: await withCalled(
      workspace,
      capture.treeSha,
      results.map(({ result }) => result.command),
    ),
  });
  const owesTests = owing(owed.step, context.settings.owes).declares.tests && owed.step.kind === 'implement';
  const { deviations } = context.settings;
  const input = { results, owesTests, artifacts, tests, treeChanged, deviations };
  const inWorkspace = decideGate(input);
  const confirmed = inWorkspace.passed
    ? await confirm(context, gate, { capture, input, byAgent })
    : { decision: inWorkspace, results };
  await tellWarnings(context, confirmed.decision);
  const digest = verificationDigest(confirmed.results.map(({ result }) => result));
  return { ...confirmed, capture, digest, deviations: artifacts.deviations };
}

interface Passed {
  readonly capture: Capture;
  readonly input: GateInput;
  /** What the agent's turn changed beside the tree. */
  readonly byAgent: readonly string[];
}

/** What has passed in the workspace passes for good, or must do so in a fresh checkout first: its verdict is the one that counts. */
async function confirm(
  context: RunContext,
  gate: GateRun,
  { capture, input, byAgent }: Passed,
): Promise<Pick<GateOutcome, 'decision' | 'results'>> {
  const beside = byAgent.length > 0 ? byAgent : await settledBeside(context, gate, capture);
  if (context.settings.cleanRoom !== 'step' && beside.length === 0)
    return { decision: decideGate(input), results: input.results };
  await tellBeside(context, gate, beside);
  const results = await runInFreshCheckout(context, gate, capture);
  const isSure = results.every(({ result }) => result.verdict !== 'infra_error');
  const decision = decideGate({ ...input, results });
  return { decision: decision.passed || !isSure ? decision : decideGate({ ...input, results, beside }), results };
}

/** What the commit cannot hold is said aloud, and fails the gate where the step declares it. */
async function tellLeftOut(context: RunContext, { nestedRepositories, skipped }: Capture): Promise<void> {
  if (nestedRepositories.length > 0) {
    const paths = nestedRepositories.slice(0, mostTold).join(', ');
    await context.store.record(
      warning('nested_repository', `Left out, because they are repositories of their own: ${paths}`),
    );
  }
  if (skipped.length > 0) {
    const paths = skipped.slice(0, mostTold).map(({ path, reason }) => `${path} (${reason})`);
    await context.store.record(
      warning('left_out', `Left out of the commit, ${skipped.length} in all: ${paths.join(', ')}`),
    );
  }
}

async function tellWarnings({ store }: RunContext, { warnings, passed }: GateDecision): Promise<void> {
  const told = warnings.filter(({ code }) => code !== 'deviation').slice(0, mostTold);
  const outside = passed ? warnings.filter(({ code }) => code === 'deviation') : [];
  const lines = outside.slice(0, mostTold).map(({ message }) => message);
  const all = [
    ...told.map(({ code, message }) => warning(code, message)),
    ...(lines.length > 0 ? [warning('deviation', `${outside.length} in all: ${lines.join('; ')}`)] : []),
  ];
  if (all.length > 0) await store.record(...all);
}

/** Commands that pass without a test, and called a script that ran some when the step began. */
async function silencedBy(workspace: Workspace, results: readonly GateResult[]): Promise<string[]> {
  const silent = results.filter(({ result }) => result.verdict === 'passed' && !result.tests);
  const head = await workspace.head();
  const ran = await Promise.all(silent.map(({ result }) => runsTests(workspace, head, result.command)));
  return silent.filter((_, index) => ran[index]).map(({ result }) => result.command);
}

/** Where the profile has the files of a step go. */
function placesOf({ settings, plan }: RunContext, step: string): Places {
  const { code, tests, documents } = settings.places;
  const at = (template: string | null): string | null =>
    template === null ? null : pathOf(template, { slug: plan.parsed.slug, step });
  return { code: at(code), tests: at(tests), documents: at(documents) };
}

async function artifactsOf(
  context: RunContext,
  { workspace, row }: GateRun,
  { treeSha, skipped }: Capture,
  { step, changed }: Owed,
): Promise<ArtifactCheck> {
  const facts = {
    changed,
    existing: await workspace.paths(treeSha),
    planPath: context.plan.path,
    resultsPath: context.plan.resultsPath,
    places: placesOf(context, row.key),
  };
  const { deviations } = checkArtifacts({ ...facts, step });
  const check = { ...checkArtifacts({ ...facts, step: owing(step, context.settings.owes) }), deviations };
  const declared = skipped.filter(({ path }) => step.files.some((file) => matchesPath(file.path, path)));
  const reasons = declared.map(({ path, reason }) => ({
    code: 'code_missing' as const,
    message: `${path} is declared and cannot be committed: ${reason}`,
    evidence: path,
  }));
  return { ...check, reasons: [...reasons, ...check.reasons] };
}

interface Checked {
  readonly results: readonly GateResult[];
  readonly treeChanged: readonly string[];
}

/**
 * A check that rewrites files of the tree is run once more on the tree put back: when the same files change again it is the check's own
 * doing, and repeatable; when not, somebody else wrote meanwhile and the gate fails. A check that rewrites the very code that the step
 * declares proves nothing of the code that would be committed, and fails it too. What checks create is removed either way.
 */
async function checkTwiceIfTouched(
  context: RunContext,
  gate: GateRun,
  capture: Capture,
  { step }: Owed,
): Promise<Checked> {
  const first = await runChecks(context, gate, capture);
  if (first.treeChanged.length === 0) return first;
  const second = await runChecks(context, gate, capture);
  if (second.treeChanged.length === 0 || second.treeChanged.join('\0') !== first.treeChanged.join('\0'))
    return { results: second.results, treeChanged: [...new Set([...first.treeChanged, ...second.treeChanged])] };
  const code = step.files.filter(({ test, path }) => !test && !isTestFile(path));
  const rewritten = second.treeChanged.filter((path) => code.some((file) => matchesPath(file.path, path)));
  if (rewritten.length > 0) return { results: second.results, treeChanged: rewritten };
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
    ? await runAffected(context, gate, { own, treeSha })
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
