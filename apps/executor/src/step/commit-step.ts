import type { Criterion, NewEvent, TestCounts } from '@lockstep/contracts';
import {
  appendRunEvents,
  closeAttempt,
  completeStep,
  completeParent,
  databaseTime,
  keepDiff,
  keepIntent,
  keepLessons,
  keepResults,
  keepSnapshot,
  type CommitIntent,
  type LearnedLesson,
  type StepRow,
  type StoredBlob,
} from '@lockstep/database';
import { parentsToComplete } from '@lockstep/domain';
import type { MarkerEventOf } from '@lockstep/markers';
import { failpoint } from '@lockstep/runtime';
import type { Workspace } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import type { RunStore } from '../run/run-store';
import { readResultsFacts } from '../results/read-facts';
import { writeDocuments } from '../results/documents';
import { lockstepAuthor, stepMessage } from '../verify/commit-message';
import type { GateOutcome } from '../verify/gate-step';
import { statesOf } from './step-states';
import { keepDelta, putGain, type AgentSession, type SessionDelta } from '../session/session';

export interface StepToCommit {
  readonly workspace: Workspace;
  readonly session: AgentSession;
  readonly row: StepRow;
  readonly rows: readonly StepRow[];
  readonly attempt: number;
  readonly retryCount: number;
  readonly gate: GateOutcome;
  readonly completion: MarkerEventOf<'step_complete'> | null;
}

/** What a step came to, as its commit intent keeps it: enough to finish the step without the agent. */
export interface StepOutcome {
  readonly summary: string;
  readonly filesModified: string[];
  readonly lessons: string[];
  /** The same, with the evidence apart. */
  readonly learned: LearnedLesson[];
  readonly deviations: string[];
  readonly retryCount: number;
  readonly tests: TestCounts | null;
  readonly results: string;
  readonly criteria: readonly Criterion[];
  readonly durationMs: number;
}

/**
 * Intent → commit → branch → one transaction with the step's row, its events and its bundle. A crash in any window ends in exactly one
 * commit: the intent gives the same hash again, and only the transaction makes the step complete.
 */
export async function commitStep(context: RunContext, step: StepToCommit): Promise<void> {
  const { outcome, treeSha } = await outcomeOf(context, step);
  await failpoint('executor.step.documents-written');
  const intent: CommitIntent = {
    runId: context.run.id,
    stepKey: step.row.key,
    round: step.row.round,
    attempt: step.attempt,
    treeSha,
    parentSha: await step.workspace.head(),
    message: stepMessage({
      planId: context.plan.id,
      runId: context.run.id,
      key: step.row.key,
      round: step.row.round,
      attempt: step.attempt,
      title: step.row.title,
      summary: outcome.summary,
      verification: step.gate.digest,
    }),
    committedAt: await databaseTime(context.store.db),
    facts: { ...outcome },
  };
  await context.store.write((tx) => keepIntent(tx, intent));
  await failpoint('executor.step.intent-kept');
  await finishCommit(context, step.workspace, step.session, { intent, outcome, rows: step.rows });
}

async function outcomeOf(
  context: RunContext,
  { workspace, row, attempt, retryCount, gate, completion }: StepToCommit,
): Promise<{ outcome: StepOutcome; treeSha: string }> {
  const own = gate.results
    .filter(({ role, result }) => role === 'own' && result.tests)
    .map(({ result }) => result.tests as TestCounts);
  const summary = completion?.summary.trim() || `${row.title}: the gate passed.`;
  const learned = completion?.lessons.map(({ what, evidence }) => ({ what, evidence: evidence ?? null })) ?? [];
  const partial = {
    summary,
    filesModified: gate.capture.changed.map(({ path }) => path),
    lessons: learned.map(({ what, evidence }) => (evidence ? `${what} (${evidence})` : what)),
    learned,
    deviations: [...gate.deviations],
    retryCount,
    tests: own.length === 0 ? null : own.reduce(addCounts),
    durationMs: 0,
  };
  const facts = await readResultsFacts(context, {
    head: await workspace.head(),
    completing: { key: row.key, attempt, ...partial },
  });
  const checked = { treeSha: gate.capture.treeSha, facts, step: row.key };
  const { results, treeSha } = await writeDocuments(context, workspace, checked);
  return { outcome: { ...partial, results, criteria: facts.judged }, treeSha };
}

const addCounts = (a: TestCounts, b: TestCounts): TestCounts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  total: a.total + b.total,
});

export interface KeptIntent {
  readonly intent: CommitIntent;
  readonly outcome: StepOutcome;
  readonly rows: readonly StepRow[];
}

/** The second half, from the intent on. Doing it again changes nothing. */
export async function finishCommit(
  context: RunContext,
  workspace: Workspace,
  session: AgentSession,
  kept: KeptIntent,
): Promise<void> {
  const { intent } = kept;
  const sha = await workspace.commit({
    ...intent,
    parent: intent.parentSha,
    author: lockstepAuthor,
    date: intent.committedAt,
  });
  await failpoint('executor.step.committed');
  await workspace.advance({ from: intent.parentSha, to: sha });
  await failpoint('executor.step.advanced');
  await storeStep(context, kept, await readCommitted(context.store, { workspace, session }, intent, sha));
  await failpoint('executor.step.stored');
}

interface Committed {
  readonly sha: string;
  readonly bundle: StoredBlob | null;
  readonly diff: string;
  readonly delta: SessionDelta | null;
}

/** What the transaction stores beside the step: everything that another executor needs to go on after this commit. */
async function readCommitted(
  store: RunStore,
  { workspace, session }: Pick<StepToCommit, 'workspace' | 'session'>,
  { parentSha, committedAt }: CommitIntent,
  sha: string,
): Promise<Committed> {
  const commits = { since: parentSha, author: lockstepAuthor, date: committedAt, work: false } as const;
  const [bundle, { text }, delta] = await Promise.all([
    workspace.snapshot(commits).then(({ bundle: bytes }) => bytes && store.blobs.put(store.runId, bytes)),
    workspace.diff(workspace.baseSha, sha),
    session.gain().then((gain) => gain && putGain(store, gain)),
  ]);
  return { sha, bundle, diff: text, delta };
}

const storeStep = (
  { store, run }: RunContext,
  { intent, outcome, rows }: KeptIntent,
  { sha, bundle, diff, delta }: Committed,
): Promise<void> =>
  store.write(
    async (tx) => {
      const attempt = await closeAttempt(tx, run.id, 'passed', null);
      await completeStep(tx, { ...outcome, runId: run.id, key: intent.stepKey, commitSha: sha });
      await keepLessons(tx, {
        ...{ runId: run.id, stepKey: intent.stepKey, round: intent.round, commitSha: sha },
        lessons: outcome.learned,
      });
      const parents = parentsToComplete(
        statesOf(rows).map((step) => (step.key === intent.stepKey ? { ...step, status: 'completed' as const } : step)),
      );
      for (const parent of parents) await completeParent(tx, run.id, parent.key);
      const commits = { fromSha: intent.parentSha, headSha: sha, bundle };
      await keepSnapshot(tx, run.id, { kind: 'step', ...commits, wipSha: null, wipBundle: null });
      await keepResults(tx, run.id, { text: outcome.results, criteria: outcome.criteria });
      await keepDiff(tx, run.id, diff);
      await keepDelta(tx, run.id, delta);
      await appendRunEvents(tx, run.id, [
        completed(intent.stepKey, sha, { ...outcome, durationMs: attempt?.durationMs ?? 0 }),
        ...parents.map(({ key }) => parentCompleted(key)),
      ]);
    },
    { window: 'executor.step.unannounced' },
  );

const completed = (stepId: string, commitSha: string, outcome: StepOutcome): NewEvent => ({
  type: 'step.completed',
  data: {
    stepId,
    status: 'completed',
    summary: outcome.summary,
    filesModified: outcome.filesModified,
    commitSha,
    retryCount: outcome.retryCount,
    ...(outcome.tests ? { tests: outcome.tests } : {}),
    durationMs: outcome.durationMs,
  },
});

const parentCompleted = (stepId: string): NewEvent => ({
  type: 'step.completed',
  data: {
    stepId,
    status: 'completed',
    summary: 'All its parts are completed.',
    filesModified: [],
    retryCount: 0,
    durationMs: 0,
  },
});
