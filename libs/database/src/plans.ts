import { randomUUID } from 'node:crypto';
import {
  type EventData,
  Fault,
  type AdvanceMode,
  type PlanDocument,
  type ProfileOverrides,
  type ProjectSaid,
  type RunSettings,
} from '@lockstep/contracts';
import { mayMove, planMoves, runBranch } from '@lockstep/domain';
import { findPlace, type Place } from './chains';
import type { Database, Transaction } from './connection';
import { appendPlanEvents, appendRunEvents, storable } from './events';

export interface NewPlan {
  readonly teamId: string;
  readonly projectId: string;
  readonly document: string;
  readonly path: string | null;
  readonly profile: string;
  readonly parsed: PlanDocument;
  /** What it says over its profile and its project. */
  readonly settings?: ProfileOverrides | undefined;
  /** The run that this version amends. */
  readonly amendsRunId?: string | undefined;
  readonly by: string;
}

interface ProjectRow extends Record<string, unknown> {
  readonly id: string;
  readonly base: string | null;
  readonly settings: ProjectSaid;
}

/** A step as a new run starts with it. `position` is its place in the document. */
export interface NewStep {
  readonly key: string;
  readonly parent: string | null;
  readonly position: number;
  readonly isLeaf: boolean;
  readonly title: string;
  readonly status: 'pending' | 'completed' | 'skipped';
  readonly summary: string | null;
  readonly section: string | null;
}

/** Between two steps there is room for the parts that the agent may split one into. */
export const positionStep = 1000;

export interface NewRun {
  readonly teamId: string;
  readonly planId: string;
  readonly steps: readonly NewStep[];
  readonly base?: string | undefined;
  readonly model?: string | undefined;
  readonly advance?: AdvanceMode | undefined;
  /** What it is carried out with; the project's own settings when left out. */
  readonly settings?: RunSettings | undefined;
  /** The run that has to be delivered first, or the plan whose run it is, or `last`. */
  readonly after?: string | undefined;
}

/** Stores a draft with its event. `not_found` when the project isn't the team's. */
export function submitPlan(db: Database, plan: NewPlan): Promise<{ id: string; version: number }> {
  return db.transaction(async (tx) => {
    await lockProject(tx, plan.teamId, plan.projectId);
    const { parsed } = plan;
    const [row] = await tx.query<{ id: string; version: number }>('insert-plan', [
      plan.teamId,
      plan.projectId,
      parsed.title,
      parsed.slug,
      plan.path,
      plan.profile,
      plan.document,
      JSON.stringify(storable(parsed)),
      plan.by,
      JSON.stringify(plan.settings ?? {}),
      plan.amendsRunId ?? null,
    ]);
    if (!row) throw new Error('the plan was not stored');
    await appendPlanEvents(tx, row.id, [
      { type: 'plan.submitted', data: { planId: row.id, version: row.version, by: plan.by } },
    ]);
    return row;
  });
}

async function lockProject(tx: Transaction, teamId: string, projectId: string): Promise<ProjectRow> {
  const [project] = await tx.query<ProjectRow>('lock-project', [teamId, projectId]);
  if (!project)
    throw new Fault(
      'not_found',
      `There is no project ${projectId}. Create it with POST /v1/projects, or list yours with GET /v1/projects.`,
    );
  return project;
}

export interface DecidedPlan extends Record<string, unknown> {
  readonly id: string;
  readonly project_id: string;
  readonly version: number;
  readonly slug: string;
  readonly amends_run_id: string | null;
}

/** A person's decision on a draft, compare-and-set. @throws Fault not_found, wrong_transition */
export async function decidePlan(
  tx: Transaction,
  spec: { teamId: string; planId: string; to: 'approved' | 'rejected'; by: string; reason: string | null },
): Promise<DecidedPlan> {
  const [plan] = await tx.query<DecidedPlan>('decide-plan', [spec.teamId, spec.planId, spec.to, spec.by, spec.reason]);
  if (plan) return plan;
  const known = await tx.query<{ status: 'draft' | 'approved' | 'rejected' | 'superseded' }>('plan-status', [
    spec.teamId,
    spec.planId,
  ]);
  const status = known[0]?.status;
  if (status === undefined) throw new Fault('not_found', `There is no plan ${spec.planId}.`);
  const why = mayMove(planMoves, status, spec.to)
    ? 'has just changed; look at it again'
    : `is ${status} and a decision is final; submit a new version instead`;
  throw new Fault('wrong_transition', `The plan ${spec.planId} cannot be ${spec.to}: it ${why}.`);
}

/** `draft → approved`, and the run that follows: one transaction, with the bell in the outbox. Returns the run's id. */
export function approvePlan(db: Database, run: NewRun & { readonly by: string }): Promise<string> {
  return db.transaction(async (tx) => {
    const plan = await decidePlan(tx, {
      teamId: run.teamId,
      planId: run.planId,
      to: 'approved',
      by: run.by,
      reason: null,
    });
    await tx.query('supersede-plans', [plan.project_id, plan.slug, plan.version]);
    await appendPlanEvents(tx, plan.id, [
      { type: 'plan.approved', data: { planId: plan.id, version: plan.version, by: run.by } },
    ]);
    return insertRun(tx, run, plan);
  });
}

export function rejectPlan(
  db: Database,
  spec: { teamId: string; planId: string; by: string; reason: string | null },
): Promise<void> {
  return db.transaction(async (tx) => {
    const plan = await decidePlan(tx, { ...spec, to: 'rejected' });
    const data = {
      planId: plan.id,
      version: plan.version,
      by: spec.by,
      ...(spec.reason === null ? {} : { reason: spec.reason }),
    };
    await appendPlanEvents(tx, plan.id, [{ type: 'plan.rejected', data }]);
  });
}

/** One more run of an approved plan, by hand. `plan_not_approved` otherwise. */
export function startRun(db: Database, run: NewRun): Promise<string> {
  return db.transaction(async (tx) => {
    const [plan] = await tx.query<DecidedPlan & { status: string }>('plan-status', [run.teamId, run.planId]);
    if (!plan) throw new Fault('not_found', `There is no plan ${run.planId}.`);
    if (plan.status !== 'approved')
      throw new Fault(
        'plan_not_approved',
        `The plan ${run.planId} is ${plan.status}. Only an approved plan can be run: POST /v1/plans/${run.planId}/approve.`,
      );
    return insertRun(tx, run, plan);
  });
}

async function insertRun(tx: Transaction, run: NewRun, plan: DecidedPlan): Promise<string> {
  const project = await lockProject(tx, run.teamId, plan.project_id);
  const id = randomUUID();
  const settings = run.settings ?? project.settings;
  const { teamId, after } = run;
  const place = await findPlace(tx, { teamId, projectId: project.id, after });
  await tx.query('insert-run', [
    id,
    run.teamId,
    project.id,
    plan.id,
    runBranch(plan.slug, id),
    run.base ?? project.base,
    run.model ?? settings.model ?? null,
    run.advance ?? settings.advance ?? 'auto',
    JSON.stringify(settings),
    place.afterRunId,
    place.baseSha,
    place.reason,
  ]);
  const rows = run.steps.map(({ isLeaf, position, ...step }) => ({
    ...step,
    position: position * positionStep,
    is_leaf: isLeaf,
  }));
  await tx.query('insert-steps', [id, JSON.stringify(rows)]);
  if (place.reason === null) await tx.query('ring', ['stage.implementation', JSON.stringify({ runId: id })]);
  await appendRunEvents(tx, id, [
    {
      type: 'stage.changed',
      data: { from: { number: 2, name: 'plan_review' }, to: { number: 3, name: 'implementation' } },
    },
    { type: 'execution.status', data: queuedAt(place) },
  ]);
  return id;
}

const queuedAt = ({ reason }: Place): EventData<'execution.status'> => ({
  status: 'queued',
  action: 'stage3_queued',
  ...(reason === null ? { waitReason: 'slot' } : { reason, waitReason: 'predecessor' }),
});
