import { Controller, HttpStatus, Inject, Post, Res } from '@nestjs/common';
import { amendment, amendmentImpact, amendRun } from '@lockstep/contracts';
import type { Amendment, AmendmentImpact, AmendRun, Plan, PlanDocument } from '@lockstep/contracts';
import {
  checkAmendable,
  findPlan,
  findProject,
  findRun,
  listStepRows,
  submitPlan,
  type Caller,
} from '@lockstep/database';
import { acceptPlan, amendmentImpact as impactOf } from '@lockstep/plan';
import type { FastifyReply } from 'fastify';
import { From } from '../auth/caller';
import { Describe, FromBody, FromQuery, PathId } from '../http/operation';
import { plansQuery, type PlansQuery } from '../http/schemas';
import { DATABASE, type Database } from '../parts';
import { readPlan } from '../plans/read-plan';
import { toStepState } from '../plans/step-state';
import { Announcer } from '../relay/announcer';

/** Changing the plan of a run that is under way. */
@Controller('v1/runs')
export class AmendmentsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(Announcer) private readonly announcer: Announcer,
  ) {}

  @Post(':id/amendments')
  @Describe({
    summary:
      'Submit an amended document for a run at rest: a draft that POST /v1/plans/:id/approve puts into effect; with `dryRun=true` only its impact is answered',
    query: plansQuery,
    body: amendRun,
    ok: { 201: amendment, 200: amendmentImpact },
    problems: [
      'not_found',
      'wrong_transition',
      'plan_invalid',
      'plan_unparseable',
      'plan_too_large',
      'plan_too_deep',
      'plan_deadline',
      'no_verification',
    ],
  })
  async amend(
    @From() caller: Caller,
    @PathId() runId: string,
    @FromQuery() { dryRun }: PlansQuery,
    @FromBody() body: AmendRun,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Amendment | AmendmentImpact> {
    const { teamId } = caller;
    const run = await findRun(this.database, teamId, runId);
    if (!dryRun) checkAmendable(run);
    const before = await findPlan(this.database, teamId, run.planId);
    const parsed = await this.read(before, body.document);
    const steps = await listStepRows(this.database, runId);
    const impact = impactOf(before.parsed, parsed, steps.map(toStepState));
    if (dryRun) {
      reply.status(HttpStatus.OK);
      return impact;
    }
    const id = await this.store(caller, { before, runId, parsed, document: body.document });
    reply.status(HttpStatus.CREATED).header('location', `/v1/plans/${id}`);
    return { plan: await findPlan(this.database, teamId, id), impact };
  }

  /** The results document keeps its name and the version numbers go on, whatever the amended title is. */
  private async read(before: Plan, document: string): Promise<PlanDocument> {
    const project = await findProject(this.database, before.teamId, before.projectId);
    const { profile, slug } = before.parsed;
    const parsed = { ...(await readPlan({ document, profile }, project)), slug };
    acceptPlan(parsed);
    return parsed;
  }

  private async store(
    { teamId, name: by }: Caller,
    { before, runId, parsed, document }: { before: Plan; runId: string; parsed: PlanDocument; document: string },
  ): Promise<string> {
    const { path } = await this.database.prisma.plan.findUniqueOrThrow({
      where: { id: before.id },
      select: { path: true },
    });
    const { id } = await submitPlan(this.database, {
      ...{ teamId, projectId: before.projectId, document, path, profile: parsed.profile, parsed, by },
      settings: before.settings,
      amendsRunId: runId,
    });
    this.announcer.plan(id);
    return id;
  }
}
