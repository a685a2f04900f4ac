import { Fault, type AmendmentImpact, type PlanDocument, type StepImpact } from '@lockstep/contracts';
import { isFinal, mayMove, runMoves, stepMoves } from '@lockstep/domain';
import type { Database, Transaction } from './connection';
import { appendPlanEvents, appendRunEvents } from './events';
import { lockRun, moveByPerson, type Person } from './people';
import { questionData } from './question-data';
import { decidePlan, positionStep, type DecidedPlan } from './plans';
import type { QuestionRow, RunRow, StepRow } from './rows';

/** What an amendment is decided on, read under the run's lock. */
export interface AmendmentFacts {
  /** The version that the run carries out now. */
  readonly before: PlanDocument;
  readonly after: PlanDocument;
  readonly steps: readonly StepRow[];
}

export interface AmendmentApproval extends Person {
  readonly planId: string;
  /** The impact, as libs/plan has it. */
  readonly decide: (facts: AmendmentFacts) => AmendmentImpact;
}

/** A run that may be amended: at rest, and before its delivery. @throws Fault wrong_transition */
export function checkAmendable(run: Pick<RunRow, 'id' | 'status' | 'stage'>): void {
  const refuse = (why: string): never => {
    throw new Fault('wrong_transition', `The run ${run.id} cannot be amended now: ${why}`);
  };
  if (isFinal(runMoves, run.status)) refuse(`it is ${run.status}. Submit the document as a plan of its own.`);
  if (run.status === 'running') refuse(`it is running. Pause it first: POST /v1/runs/${run.id}/pause.`);
  if (run.stage !== 'implementation') refuse('it is being delivered. Submit the document as a plan of its own.');
}

/**
 * `draft → approved` for a version that amends a run, in one transaction: the version before becomes superseded, the run goes on with
 * the new one on the same branch, and its steps are what the impact says. Returns the run's id.
 */
export function approveAmendment(
  db: Database,
  { teamId, planId, by, decide }: AmendmentApproval,
): Promise<{ runId: string; amends: string }> {
  return db.transaction(async (tx) => {
    const plan = await decidePlan(tx, { teamId, planId, to: 'approved', by, reason: null });
    const run = await lockRun(tx, teamId, plan.amends_run_id ?? '');
    checkAmendable(run);
    const steps = await tx.query<StepRow>('list-steps', [run.id]);
    const [before, after] = [await planAsData(tx, run.plan_id), await planAsData(tx, plan.id)];
    const impact = decide({ before, after, steps });
    await tx.query('supersede-plans', [plan.project_id, plan.slug, plan.version]);
    await amendSteps(tx, run.id, impact);
    await tx.query('amend-run', [run.id, plan.id, impact.groundChanged, impact.discardsWork]);
    await tell(tx, { run, plan, by, impact });
    await withdrawQuestions(tx, run.id, impact);
    await goOn(tx, run, by);
    return { runId: run.id, amends: run.plan_id };
  });
}

async function planAsData(tx: Transaction, planId: string): Promise<PlanDocument> {
  const [row] = await tx.query<{ parsed: PlanDocument }>('plan-as-data', [planId]);
  if (!row) throw new Error(`the plan ${planId} of a run is gone`);
  return row.parsed;
}

async function amendSteps(tx: Transaction, runId: string, { steps }: AmendmentImpact): Promise<void> {
  const rows = steps.map((step, index) => ({ ...rowOf(step), position: index * positionStep }));
  const known = rows.filter(({ from }) => from !== null);
  for (const { key, from, to } of known)
    if (from !== null && from !== to && !mayMove(stepMoves, from, to))
      throw new Error(`the amendment would move step ${key} from ${from} to ${to}`);
  await tx.query('set-positions-aside', [runId]);
  const moved = await tx.query('amend-steps', [runId, JSON.stringify(known)]);
  if (moved.length !== known.length)
    throw new Fault('stale_transition', `The steps of run ${runId} have changed in the meantime. Look at them again.`);
  const fresh = rows.filter(({ from }) => from === null).map((row) => ({ ...row, status: row.to, section: null }));
  if (fresh.length > 0) await tx.query('insert-steps', [runId, JSON.stringify(fresh)]);
}

const rowOf = ({ key, parent, isLeaf, title, from, to, round, effect, change, reason }: StepImpact) => ({
  ...{ key, parent, title, from, to, round },
  is_leaf: isLeaf,
  again: effect === 'reopen' || effect === 'restart',
  planned: change === 'changed' || change === 'added',
  summary: effect === 'skip' ? `not carried out: ${reason}` : to === 'completed' && from !== to ? 'before_run' : null,
});

interface Told {
  readonly run: RunRow;
  readonly plan: DecidedPlan;
  readonly by: string;
  readonly impact: AmendmentImpact;
}

async function tell(tx: Transaction, { run, plan, by, impact }: Told): Promise<void> {
  const keys = (effect: StepImpact['effect']): string[] =>
    impact.steps.filter((step) => step.effect === effect).map(({ key }) => key);
  const data = {
    ...{ planId: plan.id, version: plan.version, amends: run.plan_id, runId: run.id, by },
    reopened: keys('reopen'),
    restarted: keys('restart'),
    inserted: keys('insert'),
    skipped: keys('skip'),
  };
  const approved = { planId: plan.id, version: plan.version, by };
  await appendPlanEvents(tx, run.plan_id, [{ type: 'plan.amended', data }]);
  await appendPlanEvents(tx, plan.id, [
    { type: 'plan.approved', data: approved },
    { type: 'plan.amended', data },
  ]);
  await appendRunEvents(tx, run.id, [{ type: 'plan.amended', data }]);
}

type Withdrawn = Pick<QuestionRow, 'id' | 'step_key' | 'category' | 'text'>;

/** What was asked about a step that starts over is void, and so is what was asked about the run as a whole: this is the answer. */
async function withdrawQuestions(tx: Transaction, runId: string, { steps }: AmendmentImpact): Promise<void> {
  const withdrawn = await tx.query<Withdrawn>('withdraw-run-questions', [runId]);
  for (const { key, effect } of steps)
    if (effect === 'reopen' || effect === 'restart' || effect === 'skip')
      withdrawn.push(...(await tx.query<Withdrawn>('withdraw-step-questions', [runId, key])));
  await appendRunEvents(
    tx,
    runId,
    withdrawn.map((row) => ({ type: 'question.withdrawn', data: questionData(row) })),
  );
}

/** The run is queued, unless it still waits for a person: for an answer, or to look at a step. */
async function goOn(tx: Transaction, run: RunRow, by: string): Promise<void> {
  const steps = await tx.query<StepRow>('list-steps', [run.id]);
  const toReview = steps.some(({ status, approved_by }) => status === 'needs_review' && approved_by === null);
  const [blockers] = await tx.query<{ open: number }>('open-blockers', [run.id]);
  if (run.status === 'queued' || (run.status === 'paused' && toReview)) return;
  if (run.status === 'blocked' && (blockers?.open ?? 0) > 0) return;
  const reason = `amended by ${by}`;
  await moveByPerson(tx, run, { to: 'queued', action: 'plan_amended', waitReason: 'slot', reason });
}
