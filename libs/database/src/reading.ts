import type { Attempt, Plan, Question, Run, Step, Turn, Verification } from '@lockstep/contracts';
import { Fault, profileOverrides } from '@lockstep/contracts';
import type { Database } from './connection';
import type { Prisma } from './generated/client';
import { readVerifications, type VerificationRow } from './verifications';
import { whyTheyWait } from './waiting';

/** Rows → the shapes of contracts.md §5. Everything is looked up by team first: someone else's thing is `not_found`. */
const iso = (date: Date): string => date.toISOString();
const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;
const number = (value: bigint | null): number => Number(value ?? 0n);

interface Counted {
  readonly tokensInput: bigint;
  readonly tokensOutput: bigint;
  readonly tokensCacheRead: bigint;
  readonly tokensCacheWrite: bigint;
}

const usage = (row: Counted) => ({
  input: number(row.tokensInput),
  output: number(row.tokensOutput),
  cacheRead: number(row.tokensCacheRead),
  cacheWrite: number(row.tokensCacheWrite),
});

const runInclude = { steps: { where: { isLeaf: true }, select: { status: true } } } satisfies Prisma.RunInclude;
type RunWithSteps = Prisma.RunGetPayload<{ include: typeof runInclude }>;

const toRun = (row: RunWithSteps, waiting: Run['waiting'] = null): Run => ({
  id: row.id,
  teamId: row.teamId,
  projectId: row.projectId,
  planId: row.planId,
  status: row.status,
  stage: row.stage,
  waitReason: row.waitReason,
  reason: row.reason,
  resumeAt: isoOrNull(row.resumeAt),
  waiting,
  branch: row.branch,
  afterRunId: row.afterRunId,
  baseSha: row.baseSha,
  headSha: row.headSha,
  executorId: row.leaseOwner,
  claudeSessionId: row.sessionStarted ? row.sessionId : null,
  costUsd: row.costUsd === null ? null : Number(row.costUsd),
  costIsPartial: row.costPartial,
  tokens: usage(row),
  steps: {
    total: row.steps.length,
    completed: row.steps.filter(({ status }) => status === 'completed' || status === 'skipped').length,
  },
  createdAt: iso(row.createdAt),
  startedAt: isoOrNull(row.startedAt),
  finishedAt: isoOrNull(row.finishedAt),
  seq: row.eventSeq,
  prunedSeq: row.eventFloor,
});

export async function findRun(db: Database, teamId: string, id: string): Promise<Run> {
  const row = await db.prisma.run.findFirst({ where: { teamId, id }, include: runInclude });
  if (!row) throw new Fault('not_found', `There is no run ${id}. List yours with GET /v1/runs.`);
  return toRun(row, (await whyTheyWait(db, [row])).get(id));
}

export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}

export interface RunQuery {
  readonly teamId: string;
  readonly status?: Run['status'] | undefined;
  readonly projectId?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Newest first. The cursor is the last run's id. */
export async function listRuns(
  db: Database,
  { teamId, status, projectId, cursor, limit }: RunQuery,
): Promise<Page<Run>> {
  const rows = await db.prisma.run.findMany({
    where: { teamId, ...(status ? { status } : {}), ...(projectId ? { projectId } : {}) },
    include: runInclude,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
    ...(cursor ? { cursor: { teamId_id: { teamId, id: cursor } }, skip: 1 } : {}),
  });
  const page = rows.slice(0, limit);
  const waiting = await whyTheyWait(db, page);
  const data = page.map((row) => toRun(row, waiting.get(row.id)));
  return { data, nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

export async function findPlan(db: Database, teamId: string, id: string): Promise<Plan> {
  const row = await db.prisma.plan.findFirst({
    where: { teamId, id },
    include: { runs: { orderBy: { createdAt: 'desc' }, take: 1, select: { id: true } } },
  });
  if (!row) throw new Fault('not_found', `There is no plan ${id}.`);
  return {
    id: row.id,
    teamId: row.teamId,
    projectId: row.projectId,
    version: row.version,
    status: row.status,
    title: row.title,
    slug: row.slug,
    document: row.document,
    parsed: row.parsed as unknown as Plan['parsed'],
    createdAt: iso(row.createdAt),
    decidedAt: isoOrNull(row.decidedAt),
    decidedBy: row.decidedBy,
    runId: row.runs[0]?.id ?? null,
    amendsRunId: row.amendsRunId,
    settings: profileOverrides.parse(row.settings),
  };
}

export const toVerification = (row: VerificationRow): Verification => ({
  id: row.id,
  command: row.command,
  exitCode: row.exitCode,
  verdict: row.verdict,
  tests:
    row.total === null
      ? null
      : { passed: row.passed ?? 0, failed: row.failed ?? 0, skipped: row.skipped ?? 0, total: row.total },
  failing: row.failing,
  durationMs: row.durationMs,
  outputSha256: row.outputSha256,
  outputTail: row.outputTail,
});

type StepWithAttempts = Prisma.StepGetPayload<{ include: { attempts: true } }>;

const toAttempt = (row: StepWithAttempts['attempts'][number], verifications: readonly VerificationRow[]): Attempt => ({
  number: row.number,
  round: row.round,
  isFix: row.isFix,
  outcome: row.outcome,
  detail: row.detail,
  executorId: row.executorId,
  startedAt: iso(row.startedAt),
  finishedAt: isoOrNull(row.finishedAt),
  verifications: verifications.filter(({ attempt }) => attempt === row.number).map(toVerification),
});

const toStep = (row: StepWithAttempts, verifications: readonly VerificationRow[]): Step => ({
  key: row.key,
  parent: row.parent,
  position: row.position,
  title: row.title,
  isLeaf: row.isLeaf,
  status: row.status,
  round: row.round,
  retryCount: row.retryCount,
  commitSha: row.commitSha,
  summary: row.summary,
  filesModified: row.filesModified,
  lessons: row.lessons,
  startedAt: isoOrNull(row.startedAt),
  finishedAt: isoOrNull(row.finishedAt),
  attempts: row.attempts.map((attempt) =>
    toAttempt(
      attempt,
      verifications.filter(({ stepKey }) => stepKey === row.key),
    ),
  ),
});

/** A run's steps in order, each with its attempts and their evidence. The caller has looked the run up by team. */
export async function listSteps(db: Database, runId: string): Promise<Step[]> {
  const [steps, verifications] = await Promise.all([
    db.prisma.step.findMany({
      where: { runId },
      orderBy: { position: 'asc' },
      include: { attempts: { orderBy: { number: 'asc' } } },
    }),
    readVerifications(db, { runId, stepKey: { not: null } }),
  ]);
  return steps.map((step) => toStep(step, verifications));
}

export interface QuestionQuery {
  readonly teamId: string;
  readonly runId?: string | undefined;
  readonly status?: Question['status'] | undefined;
}

export async function listQuestions(db: Database, { teamId, runId, status }: QuestionQuery): Promise<Question[]> {
  const rows = await db.prisma.question.findMany({
    where: { teamId, ...(runId ? { runId } : {}), ...(status ? { status } : {}) },
    orderBy: { askedAt: 'asc' },
    take: 1000,
  });
  return rows.map((row) => ({
    id: row.id,
    runId: row.runId,
    stepKey: row.stepKey,
    category: row.category,
    status: row.status,
    text: row.text,
    options: row.options,
    budget: row.budget as Question['budget'],
    answer: row.answer,
    answeredBy: row.answeredBy,
    askedAt: iso(row.askedAt),
    answeredAt: isoOrNull(row.answeredAt),
  }));
}

/** Every prompt sent and reply received, in order. The caller has looked the run up by team. */
export async function listTurns(db: Database, runId: string): Promise<Turn[]> {
  const rows = await db.prisma.turn.findMany({ where: { runId }, orderBy: { number: 'asc' } });
  return rows.map((row) => ({
    number: row.number,
    stepKey: row.stepKey,
    attempt: row.attempt,
    kind: row.kind,
    prompt: row.prompt,
    reply: row.reply,
    outcome: row.outcome,
    tokens: usage(row),
    costUsd: row.costUsd === null ? null : Number(row.costUsd),
    startedAt: iso(row.startedAt),
    finishedAt: isoOrNull(row.finishedAt),
  }));
}

/** Now, by the clock that leases, waits and events are told by. An executor's own may be wrong, or jump. */
export async function databaseTime(db: Database): Promise<Date> {
  const [row] = await db.query<{ now: Date }>('clock');
  return row!.now;
}

/** The installation's epoch: it changes only when a database is restored from a backup. */
export async function readEpoch(db: Database): Promise<string> {
  return (await db.prisma.installation.findFirstOrThrow()).epoch;
}
