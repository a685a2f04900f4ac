import { randomUUID } from 'node:crypto';
import { projectSettings, type PlanDocument, type ProjectSettings } from '@lockstep/contracts';
import type { Database } from '../connection';
import { approvePlan, submitPlan, type NewStep } from '../plans';
import { createProject, issueToken } from '../teams';

/** A plan as data with the given leaf steps and nothing else: enough for rows, too little for a gate. */
export const planOf = (keys: readonly string[], title = 'A plan'): PlanDocument =>
  ({ title, slug: 'a-plan', steps: keys.map((key) => ({ key })), problems: [] }) as unknown as PlanDocument;

export const stepsOf = (keys: readonly string[]): NewStep[] =>
  keys.map((key, position) => ({
    key,
    parent: null,
    position,
    isLeaf: true,
    title: `Step ${key}`,
    status: 'pending',
    summary: null,
    section: null,
  }));

export interface Seeded {
  readonly teamId: string;
  readonly token: string;
  readonly projectId: string;
  readonly planId: string;
  readonly runId: string;
}

/** A team with a token, a project, an approved plan and its queued run. */
export async function seedRun(
  db: Database,
  options: { steps?: readonly string[]; settings?: Partial<ProjectSettings>; repository?: string } = {},
): Promise<Seeded> {
  const keys = options.steps ?? ['1', '2'];
  const { token, teamId } = await issueToken(db, { team: `team-${randomUUID()}`, name: 'tester' });
  const settings = projectSettings.parse(options.settings ?? {});
  const project = await createProject(db, teamId, {
    name: `project-${randomUUID()}`,
    repository: options.repository ?? '/nowhere',
    settings,
  });
  const plan = await submitPlan(db, {
    teamId,
    projectId: project.id,
    document: '# A plan',
    path: null,
    profile: 'feature',
    parsed: planOf(keys),
    by: 'tester',
  });
  const runId = await approvePlan(db, { teamId, planId: plan.id, steps: stepsOf(keys), by: 'tester' });
  return { teamId, token, projectId: project.id, planId: plan.id, runId };
}
