import type {
  AttemptOutcome,
  BudgetCrossing,
  NewEvent,
  QuestionCategory,
  RunStatus,
  StageName,
  StepStatus,
  Verdict,
  WaitReason,
} from '@lockstep/contracts';
import { Fault } from '@lockstep/contracts';
import { mayMove, sourcesOf, runMoves, stepMoves } from '@lockstep/domain';
import { tellSuccessors } from './chains';
import type { Database, Transaction } from './connection';
import { appendRunEvents, storable, storableText } from './events';
import { endOpenWork } from './people';
import type { RunRow, StepRow } from './rows';

/**
 * The holder's writes, each within `writeUnderLease`: the caller composes what belongs together — a move and its event, a step's
 * commit and its snapshot — into one transaction.
 */
export interface RunMove {
  readonly to: RunStatus;
  readonly action: string;
  readonly reason?: string | undefined;
  readonly waitReason?: WaitReason | undefined;
  readonly resumeAt?: Date | null | undefined;
  /** Nothing but its executor goes away: it is gone on with before anything new is begun. */
  readonly handsOver?: boolean | undefined;
  /** The stage that begins with the move. */
  readonly stage?: StageName | undefined;
  /** Goes into the event: what the run came to. */
  readonly summary?: Extract<NewEvent, { type: 'execution.status' }>['data']['summary'];
  /** Events that belong before the status. */
  readonly events?: readonly NewEvent[];
}

/** Ends the holder's turn at the run: the lease goes with the move. `queued` rings the bell, unless a credential is waited for. */
export async function letGo(tx: Transaction, run: Pick<RunRow, 'id' | 'stage'>, move: RunMove): Promise<void> {
  const from = sourcesOf(runMoves, move.to).filter((status) => status === 'running');
  const rows = await tx.query('move-run', [
    run.id,
    from,
    move.to,
    move.waitReason ?? null,
    move.reason ?? null,
    move.resumeAt ?? null,
    true,
    move.stage ?? null,
  ]);
  if (rows.length === 0)
    throw new Fault('stale_transition', `The run ${run.id} is no longer running, so it cannot become ${move.to}.`);
  if (move.to === 'cancelled') await endOpenWork(tx, run.id);
  // Whoever waits for a credential is rung when that may be tried.
  if (move.to === 'queued' && move.waitReason !== 'credential')
    await tx.query('ring', [
      `stage.${move.stage ?? run.stage}`,
      JSON.stringify({ runId: run.id, ...(move.handsOver === true ? { ahead: true } : {}) }),
    ]);
  await appendRunEvents(tx, run.id, [
    ...(move.events ?? []),
    {
      type: 'execution.status',
      data: {
        status: move.to,
        action: move.action,
        ...(move.reason === undefined ? {} : { reason: move.reason }),
        ...(move.waitReason === undefined ? {} : { waitReason: move.waitReason }),
        ...(move.resumeAt ? { resumeAt: move.resumeAt.toISOString() } : {}),
        ...(move.summary === undefined ? {} : { summary: move.summary }),
      },
    },
  ]);
  await tellSuccessors(tx, run.id, move.to);
}

export interface StepMove {
  readonly runId: string;
  readonly key: string;
  readonly to: StepStatus;
  /** Null keeps the count. */
  readonly retryCount?: number | null;
}

export async function moveStep(tx: Transaction, { runId, key, to, retryCount = null }: StepMove): Promise<void> {
  const rows = await tx.query('move-step', [runId, key, sourcesOf(stepMoves, to), to, retryCount]);
  if (rows.length === 0)
    throw new Fault(
      'stale_transition',
      `The step ${key} of run ${runId} has changed in the meantime and cannot become ${to}.`,
    );
}

/** `in_progress → in_progress` isn't a move: only the count changes. */
export const setRetryCount = async (tx: Transaction, runId: string, key: string, retryCount: number): Promise<void> => {
  await tx.query('set-retry-count', [runId, key, retryCount]);
};

export interface CompletedStep {
  readonly runId: string;
  readonly key: string;
  readonly commitSha: string | null;
  readonly summary: string;
  readonly filesModified: readonly string[];
  readonly lessons: readonly string[];
  readonly deviations: readonly string[];
}

export async function completeStep(tx: Transaction, step: CompletedStep): Promise<void> {
  const from = sourcesOf(stepMoves, 'completed').filter((status) => mayMove(stepMoves, status, 'completed'));
  const rows = await tx.query('complete-step', [
    step.runId,
    step.key,
    from,
    step.commitSha,
    storableText(step.summary),
    storable(step.filesModified),
    storable(step.lessons),
    storable(step.deviations),
  ]);
  if (rows.length === 0)
    throw new Fault(
      'stale_transition',
      `The step ${step.key} of run ${step.runId} has changed in the meantime and cannot be completed.`,
    );
}

/** Opens the next attempt; returns its number. */
export async function openAttempt(
  tx: Transaction,
  spec: { runId: string; key: string; isFix: boolean; executorId: string; token: string },
): Promise<number> {
  const [row] = await tx.query<{ number: number }>('open-attempt', [
    spec.runId,
    spec.key,
    spec.isFix,
    spec.executorId,
    spec.token,
  ]);
  if (!row) throw new Fault('stale_transition', `The run ${spec.runId} has no step ${spec.key}.`);
  return row.number;
}

export interface ClosedAttempt {
  readonly key: string;
  readonly number: number;
  readonly durationMs: number;
}

/** Ends the open attempt, if there is one. */
export async function closeAttempt(
  tx: Transaction,
  runId: string,
  outcome: AttemptOutcome,
  detail: string | null,
): Promise<ClosedAttempt | null> {
  const [row] = await tx.query<{ step_key: string; number: number; started_at: Date; finished_at: Date }>(
    'close-attempt',
    [runId, outcome, detail === null ? null : storableText(detail)],
  );
  return row
    ? {
        key: row.step_key,
        number: row.number,
        durationMs: Math.max(0, row.finished_at.getTime() - row.started_at.getTime()),
      }
    : null;
}

/** One command that Lockstep ran, as evidence. */
export interface NewVerification {
  readonly stepKey: string | null;
  readonly attempt: number | null;
  readonly position: number;
  readonly purpose: 'setup' | 'prerequisite' | 'baseline' | 'step' | 'affected' | 'final';
  readonly command: string;
  readonly exitCode: number | null;
  readonly verdict: Verdict;
  readonly runner: string | null;
  readonly tests: { passed: number; failed: number; skipped: number; total: number } | null;
  readonly failing: readonly string[];
  /** Test names with their results, for comparison with later runs. */
  readonly names: unknown;
  readonly notes: readonly string[];
  readonly durationMs: number;
  readonly outputSha256: string;
  readonly output: string;
  readonly treeSha: string | null;
}

export async function keepVerifications(
  tx: Transaction,
  runId: string,
  verifications: readonly NewVerification[],
): Promise<void> {
  if (verifications.length === 0) return;
  const rows = verifications.map((v) => ({
    step_key: v.stepKey,
    attempt: v.attempt,
    position: v.position,
    purpose: v.purpose,
    command: v.command,
    exit_code: v.exitCode,
    verdict: v.verdict,
    runner: v.runner,
    passed: v.tests?.passed ?? null,
    failed: v.tests?.failed ?? null,
    skipped: v.tests?.skipped ?? null,
    total: v.tests?.total ?? null,
    failing: v.failing,
    tests: v.names ?? null,
    notes: v.notes,
    duration_ms: Math.round(v.durationMs),
    output_sha256: v.outputSha256,
    output: v.output,
    tree_sha: v.treeSha,
  }));
  await tx.query('insert-verifications', [runId, JSON.stringify(storable(rows))]);
}

export interface NewQuestion {
  readonly runId: string;
  readonly stepKey: string | null;
  readonly attempt: number | null;
  readonly category: QuestionCategory;
  readonly text: string;
  readonly options: readonly string[];
  /** The budget that it is about. */
  readonly budget?: BudgetCrossing;
}

/** Stores a question with its event; returns its id. */
export async function askQuestion(tx: Transaction, question: NewQuestion): Promise<string> {
  const text = storableText(question.text);
  const options = storable([...question.options]);
  const [row] = await tx.query<{ id: string }>('ask', [
    question.runId,
    question.stepKey,
    question.attempt,
    question.category,
    text,
    options,
    question.budget === undefined ? null : JSON.stringify(question.budget),
  ]);
  if (!row) throw new Error(`the question of run ${question.runId} was not stored`);
  const data = {
    questionId: row.id,
    ...(question.stepKey === null ? {} : { stepId: question.stepKey }),
    category: question.category,
    text,
    options,
  };
  await appendRunEvents(tx, question.runId, [{ type: 'question.asked', data }]);
  return row.id;
}

/** Answers that no prompt has carried yet, oldest first. */
export const undeliveredAnswers = (db: Database, runId: string) =>
  db.prisma.question.findMany({
    where: { runId, status: 'answered', deliveredAt: null },
    orderBy: { answeredAt: 'asc' },
  });

export const markDelivered = async (tx: Transaction, runId: string, ids: readonly string[]): Promise<void> => {
  await tx.query('answers-delivered', [runId, ids]);
};

export interface CommitIntent {
  readonly runId: string;
  /** '' for the closing commit. */
  readonly stepKey: string;
  readonly round: number;
  readonly attempt: number;
  readonly treeSha: string;
  readonly parentSha: string;
  readonly message: string;
  readonly committedAt: Date;
  /** What the step came to, for whoever finishes it. */
  readonly facts: Record<string, unknown>;
}

export const keepIntent = async (tx: Transaction, intent: CommitIntent): Promise<void> => {
  await tx.query('keep-intent', [
    intent.runId,
    intent.stepKey,
    intent.round,
    intent.attempt,
    intent.treeSha,
    intent.parentSha,
    intent.message,
    intent.committedAt,
    JSON.stringify(storable(intent.facts)),
  ]);
};

/** Facts about a run that become known while it is driven; absent ones stay as they are. */
export interface RunFacts {
  readonly baseSha?: string;
  readonly headSha?: string;
  readonly prepared?: boolean;
  readonly sessionId?: string;
  readonly sessionStarted?: boolean;
  /** US dollars, as Claude counts them for the session; a new session forgets the old one's. */
  readonly sessionCostUsd?: number | null;
}

export const keepRunFacts = async (tx: Transaction, runId: string, facts: RunFacts): Promise<void> => {
  await tx.query('keep-run-facts', [
    runId,
    facts.baseSha ?? null,
    facts.headSha ?? null,
    facts.prepared ?? null,
    facts.sessionId ?? null,
    facts.sessionStarted ?? null,
    facts.sessionCostUsd ?? null,
  ]);
};

export const listStepRows = (db: Database, runId: string): Promise<StepRow[]> =>
  db.query<StepRow>('list-steps', [runId]);

/** The working tree has been put back to the head: see `discard_work`. */
export const workDiscarded = async (tx: Transaction, runId: string): Promise<void> => {
  await tx.query('work-discarded', [runId]);
};

export const completeParent = async (tx: Transaction, runId: string, key: string): Promise<void> => {
  await tx.query('complete-parent', [runId, key]);
};

export interface SubSteps {
  readonly runId: string;
  readonly parent: string;
  /** At most `positionStep - 1`, in order. */
  readonly steps: readonly { readonly key: string; readonly title: string; readonly section: string }[];
}

export const insertSubSteps = async (tx: Transaction, { runId, parent, steps }: SubSteps): Promise<void> => {
  const rows = steps.map((step, index) => ({ ...step, number: index + 1 }));
  await tx.query('insert-sub-steps', [runId, parent, JSON.stringify(storable(rows))]);
};

/** The kept intent of a step that is not completed yet. */
export async function openIntent(db: Database, runId: string): Promise<CommitIntent | null> {
  const intents = await db.prisma.commitIntent.findMany({
    where: { runId, stepKey: { not: '' } },
    orderBy: { createdAt: 'desc' },
  });
  for (const intent of intents) {
    const step = await db.prisma.step.findUnique({ where: { runId_key: { runId, key: intent.stepKey } } });
    if (step?.status === 'in_progress' && step.round === intent.round)
      return { ...intent, facts: intent.facts as Record<string, unknown> };
  }
  return null;
}
