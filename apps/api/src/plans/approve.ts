import type { ApprovePlan, Plan, RunSettings } from '@lockstep/contracts';
import { Fault } from '@lockstep/contracts';
import {
  approveAmendment,
  approvePlan,
  findPlan,
  findProjectSaid,
  type Caller,
  type Database,
} from '@lockstep/database';
import { amendmentImpact, readProfileName, resolveProfile, stepsOfPlan } from '@lockstep/plan';
import { toStepState } from './step-state';

/** What a run of the plan is carried out with, as its profile, its project and the plan itself say now. */
export async function settingsOf(database: Database, plan: Plan): Promise<RunSettings> {
  const said = await findProjectSaid(database, plan.teamId, plan.projectId);
  return resolveProfile(readProfileName(plan.parsed.profile), said, plan.settings);
}

export interface Approved {
  readonly runId: string;
  /** Every plan whose stream has something new. */
  readonly plans: readonly string[];
}

/** A plan gets its run, now or after another one; a version that amends a run takes its place in it. */
export async function approve(
  database: Database,
  { teamId, name: by }: Caller,
  planId: string,
  { after }: ApprovePlan,
): Promise<Approved> {
  const plan = await findPlan(database, teamId, planId);
  if (plan.amendsRunId) {
    if (after !== undefined)
      throw new Fault(
        'bad_request',
        `The plan ${planId} amends the run ${plan.amendsRunId}, so it comes after nothing. Leave "after" out.`,
      );
    const { runId, amends } = await approveAmendment(database, {
      ...{ teamId, planId, by },
      decide: (facts) => amendmentImpact(facts.before, facts.after, facts.steps.map(toStepState)),
    });
    return { runId, plans: [amends, planId] };
  }
  const { queue } = await findProjectSaid(database, teamId, plan.projectId);
  const runId = await approvePlan(database, {
    ...{ teamId, planId, by },
    steps: stepsOfPlan(plan.parsed),
    settings: await settingsOf(database, plan),
    after: after ?? (queue === 'chain' ? 'last' : undefined),
  });
  return { runId, plans: [planId] };
}
