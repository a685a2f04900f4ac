import type { Amendment, AmendmentImpact, Lesson, Plan, Problem, Run, Step } from '@lockstep/contracts';
import { completeStep, keepLessons, letGo, moveStep, readEvents, takeLease, writeUnderLease } from '@lockstep/database';
import { problem, problemOf, startApi, type ApiUnderTest, type Client } from '../testing/api-under-test';
import { newPlan, newProject, newRun, planText } from '../testing/fixtures';

let under: ApiUnderTest;
let client: Client;
let stranger: Client;
beforeAll(async () => {
  under = await startApi();
  [client, stranger] = [await under.client(), await under.client()];
});
afterAll(() => under.stop());

const take = async (runId: string) => {
  const taken = await takeLease(under.test.database, {
    ...{ runId, executorId: 'executor-a', leaseMs: 60_000, stage: 'implementation' as const },
  });
  if (!taken) throw new Error(`the run ${runId} could not be taken`);
  return taken;
};

/** A run whose first step is done, with a lesson, and that a person has paused. */
async function halfDone(): Promise<Run> {
  const run = await newRun(under, client);
  const taken = await take(run.id);
  await writeUnderLease(under.test.database, taken.lease, async (tx) => {
    await moveStep(tx, { runId: run.id, key: '1', to: 'in_progress' });
    const came = { summary: 'done', filesModified: [], lessons: [], deviations: [] };
    await completeStep(tx, { runId: run.id, key: '1', commitSha: 'a'.repeat(40), ...came });
    const lessons = [{ what: 'Names are short', evidence: 'a review' }];
    await keepLessons(tx, { runId: run.id, stepKey: '1', round: 1, commitSha: 'a'.repeat(40), lessons });
    await letGo(tx, taken.run, { to: 'paused', action: 'run_paused', waitReason: 'person' });
  });
  return (await client.get<Run>(`/v1/runs/${run.id}`)).body;
}

const stepsOf = async (runId: string) =>
  (await client.get<{ data: Step[] }>(`/v1/runs/${runId}/steps`)).body.data.map(
    ({ key, status, round }) => `${key} ${status} ${round}`,
  );
const secondChanged = planText().replace('A farewell.', 'A long farewell.');
const firstChanged = planText('Another title').replace('A greeting.', 'A warm greeting.');

describe('amending a run', () => {
  it('previews what would happen, and stores nothing', async () => {
    const run = await halfDone();
    const before = await under.test.database.prisma.plan.count();
    const { status, body } = await client.post<AmendmentImpact>(`/v1/runs/${run.id}/amendments?dryRun=true`, {
      document: firstChanged,
    });
    expect(status).toBe(200);
    expect(body.steps.map(({ key, effect, reason }) => [key, effect, reason])).toEqual([
      ['1', 'reopen', 'its text changed'],
      ['2', 'keep', 'not begun'],
    ]);
    expect(await under.test.database.prisma.plan.count()).toBe(before);
  });

  it('stores a draft, and goes on with the same run once that is approved', async () => {
    const run = await halfDone();
    const amended = await client.post<Amendment>(`/v1/runs/${run.id}/amendments`, { document: firstChanged });
    expect(amended.status).toBe(201);
    const { plan } = amended.body;
    expect(amended.headers.get('location')).toBe(`/v1/plans/${plan.id}`);
    expect(plan).toMatchObject({ status: 'draft', slug: 'greeting', amendsRunId: run.id, title: 'Another title' });
    expect(await stepsOf(run.id)).toEqual(['1 completed 1', '2 pending 1']);
    const { status, body } = await client.post<{ plan: Plan; runId: string }>(`/v1/plans/${plan.id}/approve`);
    expect([status, body.runId, body.plan.status]).toEqual([200, run.id, 'approved']);
    expect((await client.get<Run>(`/v1/runs/${run.id}`)).body).toMatchObject({
      ...{ status: 'queued', planId: plan.id, branch: run.branch, reason: 'amended by tester' },
    });
    expect(await stepsOf(run.id)).toEqual(['1 pending 2', '2 pending 1']);
    expect((await client.get<Plan>(`/v1/plans/${run.planId}`)).body.status).toBe('superseded');
    const events = await readEvents(under.test.database, run.planId, 0);
    expect(events.at(-1)).toMatchObject({ type: 'plan.amended', data: { planId: plan.id, reopened: ['1'] } });
  });

  it('keeps what did not change', async () => {
    const run = await halfDone();
    const { body } = await client.post<Amendment>(`/v1/runs/${run.id}/amendments`, { document: secondChanged });
    await client.post(`/v1/plans/${body.plan.id}/approve`);
    expect(await stepsOf(run.id)).toEqual(['1 completed 1', '2 pending 1']);
  });

  it('is refused while the run is running, at either moment, with what to do', async () => {
    const run = await halfDone();
    const { body } = await client.post<Amendment>(`/v1/runs/${run.id}/amendments`, { document: secondChanged });
    await client.post(`/v1/runs/${run.id}/resume`);
    await take(run.id);
    for (const [path, sent] of [
      [`/v1/runs/${run.id}/amendments`, { document: firstChanged }],
      [`/v1/plans/${body.plan.id}/approve`, {}],
    ] as const) {
      const reply = await client.post<Problem>(path, sent);
      expect(problemOf(reply)).toEqual(problem(409, 'wrong_transition'));
      expect(reply.body.detail).toContain(`Pause it first: POST /v1/runs/${run.id}/pause`);
    }
    expect((await client.get<Plan>(`/v1/plans/${body.plan.id}`)).body.status).toBe('draft');
  });

  it('is refused when the run has ended', async () => {
    const run = await newRun(under, client);
    await client.post(`/v1/runs/${run.id}/cancel`);
    const reply = await client.post(`/v1/runs/${run.id}/amendments`, { document: firstChanged });
    expect(problemOf(reply)).toEqual(problem(409, 'wrong_transition'));
  });

  it.each([
    ['a document without steps', 'Just text.', 'plan_unparseable'],
    ['a step without verification', '# A\n\n### Step 1: Do it\n\n**Goal**: Done.\n', 'no_verification'],
  ])('refuses %s, with its lines', async (_, document, code) => {
    const run = await halfDone();
    for (const query of ['', '?dryRun=true']) {
      const reply = await client.post<Problem>(`/v1/runs/${run.id}/amendments${query}`, { document });
      expect(problemOf(reply)).toEqual(problem(422, code));
      expect(reply.body.errors?.[0]?.line).toEqual(expect.any(Number));
    }
  });

  it('finds no other team’s run', async () => {
    const run = await newRun(under, client);
    const reply = await stranger.post(`/v1/runs/${run.id}/amendments?dryRun=true`, { document: planText() });
    expect(problemOf(reply)).toEqual(problem(404, 'not_found'));
  });
});

describe('approving a plan after another one', () => {
  const submit = async (projectId: string, title: string) =>
    (await client.post<Plan>('/v1/plans', { projectId, document: planText(title) })).body.id;

  it('makes a run that waits', async () => {
    const first = await newPlan(client);
    const { runId } = (await client.post<{ runId: string }>(`/v1/plans/${first.id}/approve`)).body;
    for (const after of ['last', first.id]) {
      const id = await submit(first.projectId, `After ${after}`);
      const { body } = await client.post<{ runId: string }>(`/v1/plans/${id}/approve`, { after });
      const next = (await client.get<Run>(`/v1/runs/${body.runId}`)).body;
      expect(next).toMatchObject({ status: 'queued', waitReason: 'predecessor', afterRunId: runId });
    }
  });

  it('is the rule where the project says so', async () => {
    const { id: projectId } = await newProject(client, { settings: { queue: 'chain' } });
    const runs = [];
    for (const title of ['One', 'Two', 'Three']) {
      const id = await submit(projectId, title);
      const { body } = await client.post<{ runId: string }>(`/v1/plans/${id}/approve`);
      runs.push((await client.get<Run>(`/v1/runs/${body.runId}`)).body);
    }
    expect(runs.map(({ afterRunId }) => afterRunId)).toEqual([null, runs[0]?.id, runs[1]?.id]);
  });

  it('needs one that has a run', async () => {
    const [first, other] = [await newPlan(client), await newPlan(stranger)];
    const id = await submit(first.projectId, 'Next');
    for (const after of [first.id, other.id])
      expect(problemOf(await client.post(`/v1/plans/${id}/approve`, { after }))).toEqual(
        problem(409, 'wrong_transition'),
      );
    expect(problemOf(await client.post(`/v1/plans/${id}/approve`, { after: 'next' }))).toEqual(
      problem(422, 'invalid_body'),
    );
    expect((await client.get<Plan>(`/v1/plans/${id}`)).body.status).toBe('draft');
  });
});

describe('profiles', () => {
  it('are settled when the run is created, from the profile, the project and the plan', async () => {
    const settings = { profile: 'poc', maxFixAttempts: 1, places: { state: null } };
    const { id: projectId } = await newProject(client, { settings });
    const own = { maxFixAttempts: 2, advance: 'manual' };
    const sent = { projectId, document: planText(), settings: own };
    const { body: plan } = await client.post<Plan>('/v1/plans', sent);
    expect([plan.parsed.profile, plan.settings]).toEqual(['poc', own]);
    const { body } = await client.post<{ runId: string }>(`/v1/plans/${plan.id}/approve`);
    const run = await under.test.database.prisma.run.findUniqueOrThrow({ where: { id: body.runId } });
    expect(run.settings).toMatchObject({
      ...{ profile: 'poc', maxFixAttempts: 2, advance: 'manual', deviations: 'warn', setup: [] },
      places: { state: null, stepResults: 'docs/{slug}-{step}-results.md' },
    });
    expect(run.advance).toBe('manual');
  });

  it('are not overridden by what they do not know', async () => {
    const { id: projectId } = await newProject(client);
    const settings = { colour: 'red', places: { results: '../x' } };
    const reply = await client.post<Problem>('/v1/plans', { projectId, document: planText(), settings });
    expect(problemOf(reply)).toEqual(problem(422, 'invalid_body'));
    expect(reply.body.errors?.map(({ pointer }) => pointer).sort()).toEqual([
      '/settings/colour',
      '/settings/places/results',
    ]);
  });
});

describe('lessons of a project', () => {
  it('are listed for its team only', async () => {
    const run = await halfDone();
    const path = `/v1/projects/${run.projectId}/lessons`;
    const { body } = await client.get<{ data: Lesson[]; nextCursor: null }>(path);
    expect(body.data.map(({ what, evidence, stepKey, commitSha }) => [what, evidence, stepKey, commitSha])).toEqual([
      ['Names are short', 'a review', '1', 'a'.repeat(40)],
    ]);
    expect(problemOf(await stranger.get(path))).toEqual(problem(404, 'not_found'));
  });
});
