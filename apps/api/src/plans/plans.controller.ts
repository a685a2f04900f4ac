import { Controller, Get, HttpStatus, Inject, Post, Res } from '@nestjs/common';
import {
  approvePlan,
  plan,
  planDocumentSchema,
  rejectPlan as rejection,
  run,
  startRun as start,
  submitPlan,
} from '@lockstep/contracts';
import type { ApprovePlan, Plan, PlanDocument, Run, StartRun, SubmitPlan } from '@lockstep/contracts';
import {
  findPlan,
  findProject,
  findRun,
  rejectPlan,
  startRun,
  submitPlan as storePlan,
  type Caller,
} from '@lockstep/database';
import { acceptPlan, stepsOfPlan } from '@lockstep/plan';
import { failpoint } from '@lockstep/runtime';
import type { FastifyReply } from 'fastify';
import { From } from '../auth/caller';
import { Describe, FromBody, FromQuery, PathId } from '../http/operation';
import { approval, plansQuery, type PlansQuery } from '../http/schemas';
import { DATABASE, type Database } from '../parts';
import { checkRef } from '../projects/ref';
import { Announcer } from '../relay/announcer';
import { approve, settingsOf } from './approve';
import { readPlan } from './read-plan';

@Controller('v1/plans')
export class PlansController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(Announcer) private readonly announcer: Announcer,
  ) {}

  @Post()
  @Describe({
    summary: 'Submit a plan document; with `dryRun=true` it is read and answered as data, and nothing is stored',
    query: plansQuery,
    body: submitPlan,
    ok: { 201: plan, 200: planDocumentSchema },
    problems: [
      'not_found',
      'plan_invalid',
      'plan_unparseable',
      'plan_too_large',
      'plan_too_deep',
      'plan_deadline',
      'no_verification',
    ],
  })
  async submit(
    @From() { teamId, name: by }: Caller,
    @FromQuery() { dryRun }: PlansQuery,
    @FromBody() body: SubmitPlan,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Plan | PlanDocument> {
    const project = await findProject(this.database, teamId, body.projectId);
    const parsed = await readPlan(body, project);
    if (dryRun) {
      reply.status(HttpStatus.OK);
      return parsed;
    }
    acceptPlan(parsed);
    const { document, path = null, settings } = body;
    const spec = { teamId, projectId: project.id, document, path, profile: parsed.profile, parsed, settings, by };
    const { id } = await storePlan(this.database, spec);
    this.announcer.plan(id);
    reply.status(HttpStatus.CREATED).header('location', `/v1/plans/${id}`);
    return findPlan(this.database, teamId, id);
  }

  @Get(':id')
  @Describe({ summary: 'A plan version, as text and as data', ok: { 200: plan }, problems: ['not_found'] })
  find(@From() { teamId }: Caller, @PathId() id: string): Promise<Plan> {
    return findPlan(this.database, teamId, id);
  }

  @Post(':id/approve')
  @Describe({
    summary:
      'Approve a draft; its run is queued in the same transaction, after another one where `after` says so. A draft that amends a run takes its place in it',
    body: approvePlan,
    ok: { 200: approval },
    problems: ['not_found', 'wrong_transition', 'stale_transition', 'pruned'],
  })
  async approve(
    @From() caller: Caller,
    @PathId() planId: string,
    @FromBody() body: ApprovePlan,
  ): Promise<{ plan: Plan; runId: string }> {
    const { runId, plans } = await approve(this.database, caller, planId, body);
    await failpoint('api.after-commit');
    this.announcer.run(runId);
    plans.forEach((id) => this.announcer.plan(id));
    return { plan: await findPlan(this.database, caller.teamId, planId), runId };
  }

  @Post(':id/reject')
  @Describe({
    summary: 'Turn a draft down, with a reason or without',
    body: rejection,
    ok: { 200: plan },
    problems: ['not_found', 'wrong_transition'],
  })
  async reject(
    @From() { teamId, name: by }: Caller,
    @PathId() planId: string,
    @FromBody() { reason }: { reason?: string },
  ): Promise<Plan> {
    await rejectPlan(this.database, { teamId, planId, by, reason: reason ?? null });
    this.announcer.plan(planId);
    return findPlan(this.database, teamId, planId);
  }

  @Post(':id/runs')
  @Describe({
    summary: 'Start another run of an approved plan',
    body: start,
    ok: { 201: run },
    problems: ['not_found', 'plan_not_approved', 'base_not_found'],
  })
  async start(@From() { teamId }: Caller, @PathId() planId: string, @FromBody() body: StartRun): Promise<Run> {
    checkRef(body.base);
    const found = await findPlan(this.database, teamId, planId);
    const settings = await settingsOf(this.database, found);
    const steps = stepsOfPlan(found.parsed);
    const runId = await startRun(this.database, { ...body, teamId, planId, steps, settings });
    this.announcer.run(runId);
    return findRun(this.database, teamId, runId);
  }
}
