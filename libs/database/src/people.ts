import { Fault, type RunStatus, type StepStatus, type WaitReason } from '@lockstep/contracts';
import { mayMove, runMoves, sourcesOf, stepMoves } from '@lockstep/domain';
import { takeBudgetAnswer } from './budget-answer';
import { goOnWithout, tellSuccessors } from './chains';
import type { Database, Transaction } from './connection';
import { appendRunEvents } from './events';
import { questionData } from './question-data';
import type { QuestionRow, RunRow, StepRow } from './rows';

/**
 * What people ask of a run. Without a live lease the move happens here and raises the fencing token; with one, the request is written
 * beside the run and the holder acts on it within one heartbeat (contracts.md, "Who may move").
 */
export interface Person {
  readonly teamId: string;
  /** Who it is, for the history. */
  readonly by: string;
}

export interface Answer {
  readonly questionId: string;
  readonly answer: string;
}

/** `asked` means: an executor holds the run and will do it. */
export type Effect = 'done' | 'asked';

/** A run of the team, locked until the transaction ends. @throws Fault not_found */
export async function lockRun(tx: Transaction, teamId: string, runId: string): Promise<RunRow> {
  const [run] = await tx.query<RunRow>('lock-run', [teamId, runId]);
  if (!run) throw new Fault('not_found', `There is no run ${runId}.`);
  return run;
}

function guard(run: RunRow, to: RunStatus, verb: string, hint: string): void {
  if (!mayMove(runMoves, run.status, to))
    throw new Fault('wrong_transition', `The run ${run.id} cannot be ${verb}: it is ${run.status}. ${hint}`);
}

interface Move {
  readonly to: RunStatus;
  readonly action: string;
  readonly waitReason?: WaitReason;
  readonly reason?: string;
}

/** A move that a person asks for: it raises the fencing token, so that a holder that comes late changes nothing. */
export async function moveByPerson(
  tx: Transaction,
  run: RunRow,
  { to, action, waitReason, reason }: Move,
): Promise<void> {
  if (to === 'queued' && run.snapshots_pruned_at !== null)
    throw new Fault(
      'pruned',
      `The run ${run.id} cannot go on: its commits and its conversation are no longer kept. Its results are; start another run of its plan.`,
    );
  const [moved] = await tx.query<RunRow>('move-run', [
    run.id,
    sourcesOf(runMoves, to),
    to,
    waitReason ?? null,
    reason ?? null,
    null,
    true,
    null,
  ]);
  if (!moved) throw new Fault('stale_transition', `The run ${run.id} has changed in the meantime. Look at it again.`);
  if (to === 'queued') await tx.query('ring', [`stage.${run.stage}`, JSON.stringify({ runId: run.id })]);
  await appendRunEvents(tx, run.id, [
    {
      type: 'execution.status',
      data: {
        status: to,
        action,
        ...(reason === undefined ? {} : { reason }),
        // Not always what was asked for: a run that is queued before the one that it comes after waits for that one.
        ...(moved.wait_reason === null ? {} : { waitReason: moved.wait_reason }),
      },
    },
  ]);
  await tellSuccessors(tx, run.id, to);
}

export function cancelRun(db: Database, who: Person, runId: string): Promise<Effect> {
  return db.transaction<Effect>(async (tx) => {
    const run = await lockRun(tx, who.teamId, runId);
    guard(run, 'cancelled', 'cancelled', 'It has ended already.');
    return cancelLocked(tx, run, who);
  });
}

async function cancelLocked(tx: Transaction, run: RunRow, who: Person): Promise<Effect> {
  if (run.status === 'running') return askHolder(tx, run, 'cancel', who);
  await endOpenWork(tx, run.id);
  await moveByPerson(tx, run, { to: 'cancelled', action: 'run_cancelled', reason: `cancelled by ${who.by}` });
  return 'done';
}

/** On a cancel: open steps go back to `pending`, the open attempt is `cancelled`, open questions are withdrawn. */
export async function endOpenWork(tx: Transaction, runId: string): Promise<void> {
  await tx.query('close-attempt', [runId, 'cancelled', 'the run was cancelled']);
  await tx.query('open-steps', [runId]);
  const withdrawn = await tx.query<Pick<QuestionRow, 'id' | 'step_key' | 'category' | 'text'>>('withdraw-questions', [
    runId,
  ]);
  await appendRunEvents(
    tx,
    runId,
    withdrawn.map((row) => ({ type: 'question.withdrawn', data: questionData(row) })),
  );
}

async function askHolder(tx: Transaction, run: RunRow, request: 'cancel' | 'pause', who: Person): Promise<Effect> {
  await tx.query('request-of-run', [run.id, request, who.by]);
  return 'asked';
}

export function pauseRun(db: Database, who: Person, runId: string): Promise<Effect> {
  return db.transaction<Effect>(async (tx) => {
    const run = await lockRun(tx, who.teamId, runId);
    guard(run, 'paused', 'paused', 'Only a queued or running run can be.');
    if (run.status === 'running') return askHolder(tx, run, 'pause', who);
    await moveByPerson(tx, run, {
      to: 'paused',
      action: 'run_paused',
      waitReason: 'person',
      reason: `paused by ${who.by}`,
    });
    return 'done';
  });
}

/** `paused | failed → queued`. A blocked run goes on by its answers; one that waits for an ended run goes on without that one. */
export function resumeRun(db: Database, who: Person, runId: string): Promise<Effect> {
  return db.transaction<Effect>(async (tx) => {
    const run = await lockRun(tx, who.teamId, runId);
    if (run.status === 'blocked')
      throw new Fault('wrong_transition', `The run ${run.id} waits for answers: POST /v1/runs/${run.id}/answers.`);
    if (run.status === 'queued' && run.wait_reason === 'predecessor') {
      await goOnWithout(tx, run, who.by);
      return 'done';
    }
    if (run.status === 'running' || run.status === 'queued')
      throw new Fault('wrong_transition', `The run ${run.id} cannot be resumed: it is ${run.status}.`);
    guard(run, 'queued', 'resumed', 'It has ended.');
    await moveByPerson(tx, run, {
      to: 'queued',
      action: 'run_resumed',
      waitReason: 'slot',
      reason: `resumed by ${who.by}`,
    });
    return 'done';
  });
}

/**
 * Stores a batch of answers, all or none; the first answer to a question wins. When the last open blocker is answered, the run is
 * queued and the bell rings. An answer about a budget raises it for the run, or ends the run. @throws Fault answer_unclear
 */
export function answerQuestions(
  db: Database,
  who: Person,
  runId: string,
  batch: readonly Answer[],
): Promise<{ resumed: boolean }> {
  return db.transaction(async (tx) => {
    const run = await lockRun(tx, who.teamId, runId);
    let stops = false;
    for (const answer of batch) stops = (await storeAnswer(tx, run, answer, who)) === 'stops' || stops;
    if (!stops) return { resumed: await goOnWhenAnswered(tx, run, who) };
    await cancelLocked(tx, run, who);
    return { resumed: false };
  });
}

async function storeAnswer(
  tx: Transaction,
  run: RunRow,
  { questionId, answer }: Answer,
  who: Person,
): Promise<'goes on' | 'stops'> {
  const [row] = await tx.query<Pick<QuestionRow, 'id' | 'step_key' | 'category' | 'text' | 'budget'>>('answer', [
    run.id,
    questionId,
    answer,
    who.by,
  ]);
  if (!row) {
    const [known] = await tx.query<{ status: string }>('question-status', [run.id, questionId]);
    if (!known) throw new Fault('not_found', `The run ${run.id} has no question ${questionId}.`);
    throw new Fault(
      'already_answered',
      `The question ${questionId} is ${known.status}. The first answer counts; this batch changed nothing.`,
    );
  }
  await appendRunEvents(tx, run.id, [
    { type: 'question.answered', data: { ...questionData(row), answer, by: who.by } },
  ]);
  return row.budget === null
    ? 'goes on'
    : takeBudgetAnswer(tx, { runId: run.id, questionId, budget: row.budget, answer });
}

async function goOnWhenAnswered(tx: Transaction, run: RunRow, who: Person): Promise<boolean> {
  if (run.status !== 'blocked') return false;
  const [row] = await tx.query<{ open: number }>('open-blockers', [run.id]);
  if (!row || row.open > 0) return false;
  await moveByPerson(tx, run, {
    to: 'queued',
    action: 'stage3_answered',
    waitReason: 'slot',
    reason: `answered by ${who.by}`,
  });
  return true;
}

/** A person's word on one step of a run at rest. */
export function decideStep(
  db: Database,
  who: Person,
  spec: { runId: string; key: string; verb: 'retry' | 'skip' | 'approve' },
): Promise<void> {
  return db.transaction(async (tx) => {
    const run = await lockRun(tx, who.teamId, spec.runId);
    const [step] = await tx.query<StepRow>('step', [run.id, spec.key]);
    if (!step) throw new Fault('not_found', `The run ${run.id} has no step ${spec.key}.`);
    if (run.status === 'running')
      throw new Fault(
        'wrong_transition',
        `The run ${run.id} is running. Pause it first: POST /v1/runs/${run.id}/pause.`,
      );
    if (!mayMove(runMoves, run.status, 'queued'))
      throw new Fault('wrong_transition', `The run ${run.id} is ${run.status}, so its steps stay as they are.`);
    await stepVerbs[spec.verb](tx, run, step, who);
    // A budget that still is used up is asked about anew when the run comes to it.
    const withdrawn = [
      ...(await tx.query<QuestionRow>('withdraw-step-questions', [run.id, step.key])),
      ...(await tx.query<QuestionRow>('withdraw-budget-questions', [run.id])),
    ];
    await appendRunEvents(
      tx,
      run.id,
      withdrawn.map((row) => ({ type: 'question.withdrawn', data: questionData(row) })),
    );
    await moveByPerson(tx, run, {
      to: 'queued',
      action: `step_${spec.verb}`,
      waitReason: 'slot',
      reason: `${spec.verb} of step ${step.key} by ${who.by}`,
    });
  });
}

type StepVerb = (tx: Transaction, run: RunRow, step: StepRow, who: Person) => Promise<void>;

async function moveStepTo(tx: Transaction, step: StepRow, from: readonly StepStatus[], to: StepStatus): Promise<void> {
  const rows = await tx.query('move-step', [
    step.run_id,
    step.key,
    from.filter((status) => mayMove(stepMoves, status, to)),
    to,
    0,
  ]);
  if (rows.length === 0)
    throw new Fault('wrong_transition', `The step ${step.key} is ${step.status}; it cannot become ${to}.`);
}

const stepVerbs: Record<'retry' | 'skip' | 'approve', StepVerb> = {
  retry: (tx, _run, step) => moveStepTo(tx, step, ['blocked', 'needs_review'], 'in_progress'),
  skip: async (tx, run, step, who) => {
    await moveStepTo(tx, step, ['pending', 'blocked', 'in_progress'], 'skipped');
    const data = {
      stepId: step.key,
      status: 'skipped' as const,
      summary: `skipped by ${who.by}`,
      filesModified: [],
      retryCount: step.retry_count,
      durationMs: 0,
    };
    await appendRunEvents(tx, run.id, [{ type: 'step.completed', data }]);
  },
  approve: async (tx, run, step, who) => {
    const rows = await tx.query('approve-step', [run.id, step.key, who.by]);
    if (rows.length === 0)
      throw new Fault(
        'wrong_transition',
        `The step ${step.key} is ${step.status}; only one that needs a review can be approved.`,
      );
  },
};
