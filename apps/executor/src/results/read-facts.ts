import { letsThrough, type Criterion, type TestCounts } from '@lockstep/contracts';
import {
  judgeCriteria,
  type AttemptFacts,
  type FinalValidationFacts,
  type QuestionFacts,
  type ResultsFacts,
  type StepFacts,
  type VerificationFacts,
} from '@lockstep/plan';
import { readRunRecords, type LearnedLesson, type RunRecords, type VerificationRow } from '@lockstep/database';
import { plannedStep, type RunContext } from '../run/run-context';
import { proofFacts, type ProofRequest } from './proof-facts';

export interface CompletingStep {
  readonly key: string;
  readonly attempt: number;
  readonly summary: string;
  readonly filesModified: readonly string[];
  readonly learned: readonly LearnedLesson[];
  readonly deviations: readonly string[];
}

export interface ResultsRequest {
  readonly head: string;
  /** The step whose commit will hold the document: it is complete in it, and its commit can't be named. */
  readonly completing?: CompletingStep;
  /** The clean room's verdict, once there is one: the run counts as completed then. */
  readonly final?: FinalValidationFacts;
  /** What the items of the criteria are judged by, together with `final`. */
  readonly proof?: ProofRequest;
}

export type JudgedFacts = ResultsFacts & {
  /** Every success criterion and checklist item with its state. */
  readonly judged: readonly Criterion[];
};

type Rows = RunRecords;

/** Everything that a results document tells, from the database. */
export async function readResultsFacts(context: RunContext, request: ResultsRequest): Promise<JudgedFacts> {
  const rows = await readRunRecords(context.store.db, context.run.id);
  const { plan } = context;
  const { parsed } = plan;
  const judged = judgeCriteria(parsed, proofFacts(context, rows, request.proof ?? null));
  return {
    plan: {
      title: parsed.title,
      version: rows.run.plan.version,
      document: plan.path,
      profile: context.settings.profile,
      goal: parsed.overview['Goal'] ?? null,
      proves: parsed.overview['Proves'] ?? null,
      productionGradeBecause: parsed.overview['Production-Grade Because'] ?? null,
    },
    run: runFacts(rows, request),
    judged,
    criteria: judged.filter(({ list }) => list === 'criteria'),
    prerequisites: parsed.prerequisites.map((prerequisite) => prerequisiteFacts(prerequisite, rows)),
    baseline: baselineFacts(rows),
    steps: stepTree(context, rows, request),
    finalValidation: request.final ?? null,
    checklist: judged.filter(({ list }) => list === 'checklist'),
    questions: rows.questions.filter(({ stepKey }) => stepKey === null).map(questionFacts),
    totals: totals(rows),
  };
}

function runFacts({ run, verifications }: Rows, request: ResultsRequest): ResultsFacts['run'] {
  const last = verifications.at(-1)?.createdAt ?? null;
  return {
    id: run.id,
    status: request.final?.state === 'passed' || request.final?.attested ? 'completed' : 'running',
    branch: run.branch,
    base: run.baseSha,
    startedAt: run.startedAt?.toISOString() ?? null,
    completedAt: request.final ? (last?.toISOString() ?? null) : null,
    reason: null,
  };
}

export const verificationFacts = (row: VerificationRow): VerificationFacts => ({
  command: row.command,
  verdict: row.verdict,
  exitCode: row.exitCode,
  durationMs: row.durationMs,
  tests: countsOf(row),
  outputDigest: `sha256:${row.outputSha256}`,
  failing: row.failing,
  notes: row.notes.slice(1),
  outputTail: row.outputTail.slice(-2000),
});

export const countsOf = (row: Pick<VerificationRow, 'passed' | 'failed' | 'skipped' | 'total'>): TestCounts | null =>
  row.total === null
    ? null
    : { passed: row.passed ?? 0, failed: row.failed ?? 0, skipped: row.skipped ?? 0, total: row.total };

function prerequisiteFacts(
  prerequisite: RunContext['plan']['parsed']['prerequisites'][number],
  { verifications }: Rows,
): ResultsFacts['prerequisites'][number] {
  const commands = new Set(
    [...prerequisite.setup, ...prerequisite.verification, ...prerequisite.baseline].map(({ command }) => command),
  );
  const own = latest(
    verifications.filter(
      ({ purpose, command }) => (purpose === 'prerequisite' || purpose === 'baseline') && commands.has(command),
    ),
  );
  const failed = own.some((row) => !letsThrough(row));
  const state = own.length === 0 && commands.size > 0 ? 'pending' : failed ? 'failed' : 'passed';
  return { title: prerequisite.title, why: prerequisite.why, state, verifications: own.map(verificationFacts) };
}

/** The newest row of each command, in the order in which the commands first ran. */
const latest = (rows: readonly VerificationRow[]): VerificationRow[] => [
  ...new Map(rows.map((row) => [row.command, row])).values(),
];

function baselineFacts({ verifications }: Rows): ResultsFacts['baseline'] {
  const rows = latest(verifications.filter(({ purpose }) => purpose === 'baseline'));
  return rows.length === 0
    ? null
    : { verifications: rows.map(verificationFacts), failing: rows.flatMap(({ failing }) => failing) };
}

function stepTree(context: RunContext, rows: Rows, request: ResultsRequest, parent: string | null = null): StepFacts[] {
  return rows.steps.filter((step) => step.parent === parent).map((step) => stepFacts(context, rows, request, step));
}

function stepFacts(context: RunContext, rows: Rows, request: ResultsRequest, step: Rows['steps'][number]): StepFacts {
  const planned = plannedStep(context.plan, step.key);
  const completing = request.completing?.key === step.key ? request.completing : null;
  const number = completing?.attempt ?? rows.attempts.filter(({ stepKey }) => stepKey === step.key).at(-1)?.number;
  const children = stepTree(context, rows, request, step.key);
  const allDone = children.length > 0 && children.every(({ status }) => status === 'completed' || status === 'skipped');
  return {
    key: step.key,
    title: step.title,
    status: completing || allDone ? 'completed' : step.status,
    beforeRun: step.status === 'completed' && step.isLeaf && number === undefined && !completing,
    round: step.round,
    startedAt: step.startedAt?.toISOString() ?? null,
    completedAt: step.finishedAt?.toISOString() ?? null,
    goal: planned?.goal ?? null,
    output: planned?.output ?? null,
    summary: completing?.summary ?? step.summary,
    filesModified: completing?.filesModified ?? step.filesModified,
    verifications: latest(
      rows.verifications.filter(({ stepKey, attempt }) => stepKey === step.key && attempt === number),
    ).map(verificationFacts),
    attempts: attemptsOf(rows, step.key, completing),
    issues: [],
    decisions: [],
    deviations: deviationsOf(completing?.deviations ?? step.deviations),
    questions: rows.questions.filter(({ stepKey }) => stepKey === step.key).map(questionFacts),
    lessons: completing?.learned ?? lessonsOf(rows, step),
    commit: completing ? null : step.commitSha,
    earlierCommits: rows.commits.flatMap(({ stepKey, sha }) =>
      stepKey === step.key && sha !== step.commitSha ? [sha] : [],
    ),
    skipped: step.status === 'skipped' ? { by: step.summary ?? 'a person' } : null,
    approved: step.approvedBy === null ? null : { by: step.approvedBy },
    children,
  };
}

const lessonsOf = ({ lessons }: Rows, { key, round }: Rows['steps'][number]): StepFacts['lessons'] =>
  lessons
    .filter((lesson) => lesson.stepKey === key && lesson.round === round)
    .map(({ what, evidence }) => ({ what, evidence }));

const deviationsOf = (paths: readonly string[]): StepFacts['deviations'] =>
  paths.length === 0 ? [] : [{ text: 'Files were changed that the step does not declare.', paths }];

function attemptsOf(rows: Rows, key: string, completing: CompletingStep | null): AttemptFacts[] {
  let fix = 0;
  return rows.attempts
    .filter(({ stepKey }) => stepKey === key)
    .map((attempt) => {
      fix = attempt.isFix ? fix + 1 : 0;
      const cost = rows.turns.filter((turn) => turn.stepKey === key && turn.attempt === attempt.number);
      const failed = rows.verifications.filter(
        (row) => row.stepKey === key && row.attempt === attempt.number && row.verdict !== 'passed',
      );
      return {
        number: attempt.number,
        round: attempt.round,
        fix,
        outcome: completing?.attempt === attempt.number ? 'passed' : attempt.outcome,
        durationMs: attempt.finishedAt === null ? null : attempt.finishedAt.getTime() - attempt.startedAt.getTime(),
        costUsd: sumOrNull(cost.map(({ costUsd }) => (costUsd === null ? null : Number(costUsd)))),
        costIsPartial: cost.some(({ costUsd }) => costUsd === null),
        failing: failed.flatMap(({ failing }) => failing),
        reasons: attempt.detail === null ? [] : [attempt.detail],
      };
    });
}

/** Unknown isn't zero: a sum with nothing known is unknown. */
const sumOrNull = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
};

const questionFacts = (row: Rows['questions'][number]): QuestionFacts => ({
  status: row.status,
  category: row.category,
  text: row.text,
  options: row.options,
  askedAt: row.askedAt.toISOString(),
  answer: row.answer,
  by: row.answeredBy,
  answeredAt: row.answeredAt?.toISOString() ?? null,
});

function totals({ run, turns, attempts }: Rows): ResultsFacts['totals'] {
  const known = turns.filter(({ costUsd }) => costUsd !== null);
  return {
    durationMs:
      run.startedAt === null ? null : (turns.at(-1)?.finishedAt ?? run.startedAt).getTime() - run.startedAt.getTime(),
    costUsd: run.costUsd === null ? null : Number(run.costUsd),
    costIsPartial: known.length > 0 && known.length < turns.length,
    tokens: {
      input: Number(run.tokensInput),
      output: Number(run.tokensOutput),
      cacheRead: Number(run.tokensCacheRead),
      cacheWrite: Number(run.tokensCacheWrite),
    },
    attempts: attempts.length,
    fixAttempts: attempts.filter(({ isFix }) => isFix).length,
  };
}
