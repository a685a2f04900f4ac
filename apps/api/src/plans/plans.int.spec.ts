import type { Plan, PlanDocument, Problem, Run, Step } from '@lockstep/contracts';
import { problem, problemOf, startApi, type ApiUnderTest, type Client } from '../testing/api-under-test';
import { newPlan, newProject, planText } from '../testing/fixtures';

let under: ApiUnderTest;
let client: Client;
let stranger: Client;
beforeAll(async () => {
  under = await startApi();
  [client, stranger] = [await under.client(), await under.client()];
});
afterAll(() => under.stop());

const nobody = '00000000-0000-4000-8000-000000000000';
const counts = async () => {
  const { prisma } = under.test.database;
  return Promise.all([prisma.plan.count(), prisma.run.count(), prisma.event.count(), prisma.outbox.count()]);
};

describe('submitting a plan', () => {
  it('stores a draft and answers with it, parsed', async () => {
    const { id: projectId } = await newProject(client);
    const { status, headers, body } = await client.post<Plan>('/v1/plans', { projectId, document: planText() });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/plans/${body.id}`);
    expect(body).toMatchObject({ projectId, version: 1, status: 'draft', title: 'Greeting', runId: null });
    expect(body.parsed.steps.map(({ key }) => key)).toEqual(['1', '2']);
    expect((await client.get(`/v1/plans/${body.id}`)).body).toEqual(body);
  });

  it('gives the next version to the same plan', async () => {
    const first = await newPlan(client);
    const { body } = await client.post<Plan>('/v1/plans', { projectId: first.projectId, document: planText() });
    expect(body.version).toBe(2);
  });

  it('takes whatever characters a document is written in', async () => {
    const { id: projectId } = await newProject(client);
    const document = planText('日本語 🚀').replaceAll('Say', '🚀 ✅ é\u202e');
    const { status, body } = await client.post<Plan>('/v1/plans', { projectId, document });
    expect([status, body.document]).toEqual([201, document]);
  });

  it('reads and stores nothing on a dry run, errors and all', async () => {
    const { id: projectId } = await newProject(client);
    const before = await counts();
    const good = await client.post<PlanDocument>('/v1/plans?dryRun=true', { projectId, document: planText() });
    const bad = await client.post<PlanDocument>('/v1/plans?dryRun=true', { projectId, document: 'Just text.' });
    expect([good.status, good.body.steps.length, bad.status]).toEqual([200, 2, 200]);
    expect(bad.body.problems.map(({ code }) => code)).toContain('plan_unparseable');
    expect(await counts()).toEqual(before);
  });

  it.each([
    ['text without a step', 'Just text.', 422, 'plan_unparseable'],
    ['a step without verification', '# A\n\n### Step 1: Do it\n\n**Goal**: It is done.\n', 422, 'no_verification'],
    ['more than a megabyte', `${planText()}${'x'.repeat(1024 * 1024)}`, 413, 'plan_too_large'],
  ])('refuses %s and changes nothing', async (_, document, status, code) => {
    const { id: projectId } = await newProject(client);
    const before = await counts();
    const reply = await client.post<Problem>('/v1/plans', { projectId, document });
    expect(problemOf(reply)).toEqual(problem(status, code));
    expect(reply.body.errors?.[0]).toMatchObject({ line: expect.any(Number), column: expect.any(Number), code });
    expect(reply.body.errors?.[0]?.hint).not.toBe('');
    expect(await counts()).toEqual(before);
  });

  it('names every error of a plan that has several', async () => {
    const { id: projectId } = await newProject(client);
    const document = `${planText()}\n### Step 2: Again\n\n**Goal**: x\n`;
    const { status, body } = await client.post<Problem>('/v1/plans', { projectId, document });
    expect([status, body.code]).toEqual([422, 'plan_invalid']);
    expect(body.errors?.map(({ code }) => code)).toEqual(expect.arrayContaining(['duplicate_step', 'no_verification']));
  });

  it('lets steps go without verification where the project has its own', async () => {
    const { id: projectId } = await newProject(client, { settings: { verify: ['npm test'] } });
    const document = '# A\n\n### Step 1: Do it\n\n**Goal**: It is done.\n';
    expect((await client.post('/v1/plans', { projectId, document })).status).toBe(201);
  });

  it.each([
    ['an unknown project', () => nobody],
    ["another team's project", async () => (await newProject(stranger)).id],
  ])('refuses %s', async (_, project) => {
    const reply = await client.post('/v1/plans', { projectId: await project(), document: planText() });
    expect(problemOf(reply)).toEqual(problem(404, 'not_found'));
  });
});

describe('deciding on a plan', () => {
  it('approving answers with the plan and its run, whose steps are there', async () => {
    const { id } = await newPlan(client);
    const { status, body } = await client.post<{ plan: Plan; runId: string }>(`/v1/plans/${id}/approve`);
    expect(status).toBe(200);
    expect(body.plan).toMatchObject({ id, status: 'approved', decidedBy: 'tester', runId: body.runId });
    const run = (await client.get<Run>(`/v1/runs/${body.runId}`)).body;
    expect(run).toMatchObject({ status: 'queued', waitReason: 'slot', seq: 2, steps: { total: 2, completed: 0 } });
    const { data } = (await client.get<{ data: Step[] }>(`/v1/runs/${body.runId}/steps`)).body;
    expect(data.map(({ key, status: state, title }) => [key, state, title])).toEqual([
      ['1', 'pending', 'Say hello'],
      ['2', 'pending', 'Say goodbye'],
    ]);
  });

  it('is final', async () => {
    const { id } = await newPlan(client);
    expect((await client.post<Plan>(`/v1/plans/${id}/reject`, { reason: 'too big' })).body.status).toBe('rejected');
    for (const verb of ['approve', 'reject'])
      expect(problemOf(await client.post(`/v1/plans/${id}/${verb}`))).toEqual(problem(409, 'wrong_transition'));
    expect(problemOf(await client.post(`/v1/plans/${id}/runs`))).toEqual(problem(409, 'plan_not_approved'));
  });

  it('lets one of two people win', async () => {
    const { id } = await newPlan(client);
    const replies = await Promise.all([1, 2, 3].map(() => client.post(`/v1/plans/${id}/approve`)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it.each(['approve', 'reject', 'runs'])('%s of another team’s plan is not found', async (verb) => {
    const { id } = await newPlan(stranger);
    for (const path of [`/v1/plans/${id}/${verb}`, `/v1/plans/${nobody}/${verb}`])
      expect(problemOf(await client.post(path))).toEqual(problem(404, 'not_found'));
    expect(problemOf(await client.get(`/v1/plans/${id}`))).toEqual(problem(404, 'not_found'));
    expect((await stranger.get<Plan>(`/v1/plans/${id}`)).body.status).toBe('draft');
  });
});

describe('starting a run by hand', () => {
  it('makes one more of an approved plan', async () => {
    const { id } = await newPlan(client);
    expect(problemOf(await client.post(`/v1/plans/${id}/runs`))).toEqual(problem(409, 'plan_not_approved'));
    await client.post(`/v1/plans/${id}/approve`);
    const { status, body } = await client.post<Run>(`/v1/plans/${id}/runs`, { advance: 'manual', base: 'main' });
    expect([status, body.planId, body.status]).toEqual([201, id, 'queued']);
    const row = await under.test.database.prisma.run.findUniqueOrThrow({ where: { id: body.id } });
    expect([row.advance, row.baseRef]).toEqual(['manual', 'main']);
  });

  it('refuses a base that git would take for something else', async () => {
    const { id } = await newPlan(client);
    await client.post(`/v1/plans/${id}/approve`);
    for (const base of ['--upload-pack=x', 'a..b', 'a b', 'x.lock'])
      expect(problemOf(await client.post(`/v1/plans/${id}/runs`, { base }))).toEqual(problem(422, 'base_not_found'));
  });
});
