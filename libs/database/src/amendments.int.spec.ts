import { type AmendmentImpact, type StepImpact } from '@lockstep/contracts';
import { faultCode } from '@lockstep/testing';
import {
  appendRunEvents,
  approveAmendment,
  askQuestion,
  completeStep,
  findPlan,
  findRun,
  keepLessons,
  letGo,
  listLessons,
  listQuestions,
  listSteps,
  moveStep,
  openAttempt,
  closeAttempt,
  readEvents,
  recentLessons,
  submitPlan,
  takeLease,
  writeUnderLease,
} from './index';
import { planOf, seedRun, testDatabase, type Seeded, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

/** Step 1 is done, step 2 has asked a blocker, step 3 waits. */
async function begunRun(): Promise<Seeded> {
  const seeded = await seedRun(test.database, { steps: ['1', '2', '3'] });
  const { runId } = seeded;
  const taken = await takeLease(test.database, { runId, executorId: 'e', leaseMs: 10_000, stage: 'implementation' });
  if (!taken) throw new Error('the run could not be taken');
  await writeUnderLease(test.database, taken.lease, async (tx) => {
    await moveStep(tx, { runId, key: '1', to: 'in_progress' });
    const lessons = [
      { what: 'Ports are taken', evidence: 'a test' },
      { what: ' ', evidence: null },
    ];
    const done = { summary: 'done', filesModified: ['a.ts'], lessons: ['Ports are taken'], deviations: [] };
    await completeStep(tx, { runId, key: '1', commitSha: 'a'.repeat(40), ...done });
    await keepLessons(tx, { runId, stepKey: '1', round: 1, commitSha: 'a'.repeat(40), lessons });
    await keepLessons(tx, { runId, stepKey: '1', round: 1, commitSha: 'a'.repeat(40), lessons });
    await moveStep(tx, { runId, key: '2', to: 'in_progress' });
    await openAttempt(tx, { runId, key: '2', isFix: false, executorId: 'e', token: taken.lease.token });
    await closeAttempt(tx, runId, 'blocked', null);
    await moveStep(tx, { runId, key: '2', to: 'blocked' });
    await askQuestion(tx, { runId, stepKey: '2', attempt: 1, category: 'blocker', text: 'Which?', options: [] });
    await letGo(tx, taken.run, { to: 'blocked', action: 'stage3_blocked', waitReason: 'question' });
  });
  return seeded;
}

const amend = async ({ teamId, projectId, runId }: Seeded): Promise<string> => {
  const spec = { document: '# A plan, again', path: null, profile: 'feature', parsed: planOf(['1', '2', '4']) };
  return (await submitPlan(test.database, { ...spec, teamId, projectId, by: 'anna', amendsRunId: runId })).id;
};

const impactStep = (key: string, more: Partial<StepImpact>): StepImpact => ({
  ...{ key, title: `Step ${key}`, parent: null, isLeaf: true, change: 'unchanged', effect: 'keep' },
  ...{ from: 'pending', to: 'pending', round: 1, reason: 'because' },
  ...more,
});
const impact: AmendmentImpact = {
  steps: [
    impactStep('4', { from: null, effect: 'insert', change: 'added' }),
    impactStep('1', { from: 'completed', effect: 'reopen', change: 'changed', round: 2 }),
    impactStep('2', { from: 'blocked', effect: 'restart' }),
    impactStep('3', { effect: 'skip', to: 'skipped', change: 'removed' }),
  ],
  groundChanged: true,
  discardsWork: true,
};
const kept: AmendmentImpact = {
  steps: [
    impactStep('1', { from: 'completed', to: 'completed' }),
    impactStep('2', { from: 'blocked', to: 'blocked' }),
    impactStep('3', {}),
  ],
  groundChanged: false,
  discardsWork: false,
};

describe('approving an amendment', () => {
  it('moves the run to the new version, with its steps as the impact has them', async () => {
    const seeded = await begunRun();
    const planId = await amend(seeded);
    const seen: unknown[] = [];
    const decide: Parameters<typeof approveAmendment>[1]['decide'] = ({ before, after, steps }) => {
      seen.push(
        before.steps.length,
        after.steps.map(({ key }) => key),
        steps.map(({ status }) => status),
      );
      return impact;
    };
    const approved = await approveAmendment(test.database, { teamId: seeded.teamId, planId, by: 'anna', decide });
    expect(approved).toEqual({ runId: seeded.runId, amends: seeded.planId });
    expect(seen).toEqual([3, ['1', '2', '4'], ['completed', 'blocked', 'pending']]);
    const steps = await listSteps(test.database, seeded.runId);
    expect(
      steps.map(({ key, status, round, commitSha, position }) => [key, status, round, commitSha, position]),
    ).toEqual([
      ['4', 'pending', 1, null, 0],
      ['1', 'pending', 2, null, 1000],
      ['2', 'pending', 1, null, 2000],
      ['3', 'skipped', 1, null, 3000],
    ]);
    expect(steps.at(-1)?.summary).toBe('not carried out: because');
    expect(steps[2]?.attempts).toHaveLength(1);
  });

  it('keeps the branch, begins a new session, and lets the run go on', async () => {
    const seeded = await begunRun();
    const { prisma } = test.database;
    const before = await prisma.run.findUniqueOrThrow({ where: { id: seeded.runId } });
    const planId = await amend(seeded);
    await approveAmendment(test.database, { teamId: seeded.teamId, planId, by: 'anna', decide: () => impact });
    const after = await prisma.run.findUniqueOrThrow({ where: { id: seeded.runId } });
    expect(after).toMatchObject({
      planId,
      branch: before.branch,
      status: 'queued',
      discardWork: true,
      preparedAt: null,
    });
    expect(after.sessionId).not.toBe(before.sessionId);
    expect(after.fencingToken).toBeGreaterThan(before.fencingToken);
    const versions = await Promise.all([seeded.planId, planId].map((id) => findPlan(test.database, seeded.teamId, id)));
    expect(versions.map(({ status, runId }) => [status, runId])).toEqual([
      ['superseded', null],
      ['approved', seeded.runId],
    ]);
    const questions = await listQuestions(test.database, { teamId: seeded.teamId, runId: seeded.runId });
    expect(questions.map(({ status }) => status)).toEqual(['withdrawn']);
  });

  it('tells both versions’ streams and the run’s', async () => {
    const seeded = await begunRun();
    const planId = await amend(seeded);
    await approveAmendment(test.database, { teamId: seeded.teamId, planId, by: 'anna', decide: () => impact });
    const of = async (id: string) => (await readEvents(test.database, id, 0)).map(({ type }) => type);
    expect(await of(seeded.planId)).toEqual(['plan.submitted', 'plan.approved', 'plan.amended']);
    expect(await of(planId)).toEqual(['plan.submitted', 'plan.approved', 'plan.amended']);
    const events = await readEvents(test.database, seeded.runId, 0);
    expect(events.slice(-3).map(({ type }) => type)).toEqual([
      'plan.amended',
      'question.withdrawn',
      'execution.status',
    ]);
    expect(events.find(({ type }) => type === 'plan.amended')?.data).toEqual({
      ...{ planId, version: 2, amends: seeded.planId, runId: seeded.runId, by: 'anna' },
      ...{ reopened: ['1'], restarted: ['2'], inserted: ['4'], skipped: ['3'] },
    });
  });

  it('leaves a run blocked whose question still stands', async () => {
    const seeded = await begunRun();
    const planId = await amend(seeded);
    await approveAmendment(test.database, { teamId: seeded.teamId, planId, by: 'anna', decide: () => kept });
    expect(await findRun(test.database, seeded.teamId, seeded.runId)).toMatchObject({ status: 'blocked', planId });
  });

  it('changes nothing while the run is running, and when the steps have moved', async () => {
    const seeded = await seedRun(test.database);
    const planId = await amend(seeded);
    const approve = () =>
      faultCode(approveAmendment(test.database, { teamId: seeded.teamId, planId, by: 'anna', decide: () => impact }));
    expect(await approve()).toBe('stale_transition');
    const lease = { runId: seeded.runId, executorId: 'e', leaseMs: 10_000, stage: 'implementation' as const };
    await takeLease(test.database, lease);
    expect(await approve()).toBe('wrong_transition');
    const steps = await listSteps(test.database, seeded.runId);
    expect(steps.map(({ key, position }) => [key, position])).toEqual([
      ['1', 0],
      ['2', 1000],
    ]);
    expect((await findPlan(test.database, seeded.teamId, planId)).status).toBe('draft');
  });
});

describe('lessons', () => {
  it('are kept once, with where they come from, and offered project-wide', async () => {
    const seeded = await begunRun();
    const { teamId, projectId } = seeded;
    const { data, nextCursor } = await listLessons(test.database, { teamId, projectId, limit: 10 });
    expect(nextCursor).toBeNull();
    expect(data).toEqual([
      {
        ...{ id: expect.any(String), what: 'Ports are taken', evidence: 'a test', runId: seeded.runId, stepKey: '1' },
        ...{ round: 1, commitSha: 'a'.repeat(40), learnedAt: expect.any(String) },
      },
    ]);
    expect(await recentLessons(test.database, projectId)).toEqual([
      { what: 'Ports are taken', evidence: 'a test', from: 'A plan, 1' },
    ]);
  });

  it('come in pages, newest first', async () => {
    const seeded = await seedRun(test.database);
    await test.database.transaction(async (tx) => {
      for (const stepKey of ['1', '2'])
        await keepLessons(tx, {
          ...{ runId: seeded.runId, stepKey, round: 1, commitSha: null },
          lessons: [1, 2].map((n) => ({ what: `${stepKey}.${n}`, evidence: null })),
        });
      await appendRunEvents(tx, seeded.runId, []);
    });
    const query = { teamId: seeded.teamId, projectId: seeded.projectId, limit: 3 };
    const first = await listLessons(test.database, query);
    const rest = await listLessons(test.database, { ...query, cursor: first.nextCursor ?? '' });
    expect([first.data.length, rest.data.length, rest.nextCursor]).toEqual([3, 1, null]);
    expect(new Set([...first.data, ...rest.data].map(({ what }) => what)).size).toBe(4);
    expect(await recentLessons(test.database, seeded.projectId, 1)).toHaveLength(1);
  });
});
