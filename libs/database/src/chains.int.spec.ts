import { faultCode } from '@lockstep/testing';
import {
  approvePlan,
  cancelRun,
  findRun,
  keepRunFacts,
  letGo,
  pauseRun,
  readEvents,
  requeueForgotten,
  resumeRun,
  startRun,
  submitPlan,
  takeLease,
  writeUnderLease,
  type Person,
} from './index';
import { planOf, seedRun, stepsOf, testDatabase, type Seeded, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

const who = ({ teamId }: Seeded): Person => ({ teamId, by: 'anna' });
/** One more approved plan of the project; its run comes after another one. */
async function chained({ teamId, projectId }: Seeded, after: string, slug = 'next'): Promise<string> {
  const parsed = { ...planOf(['1']), slug };
  const plan = { teamId, projectId, document: '# Next', path: null, profile: 'feature', parsed, by: 'anna' };
  const { id } = await submitPlan(test.database, plan);
  return approvePlan(test.database, { teamId, planId: id, steps: stepsOf(['1']), by: 'anna', after });
}

const take = (runId: string) =>
  takeLease(test.database, { runId, executorId: 'executor-a', leaseMs: 10_000, stage: 'implementation' });

/** Drives a run to an end, with a head of its own. */
async function end(runId: string, to: 'completed' | 'failed', headSha = 'a'.repeat(40)): Promise<void> {
  const taken = await take(runId);
  if (!taken) throw new Error(`the run ${runId} could not be taken`);
  await writeUnderLease(test.database, taken.lease, async (tx) => {
    await keepRunFacts(tx, runId, { headSha });
    await letGo(tx, taken.run, { to, action: 'x', ...(to === 'failed' ? { reason: 'the disk is full' } : {}) });
  });
}

const bells = (runId: string) =>
  test.database.prisma.outbox.count({ where: { payload: { path: ['runId'], equals: runId } } });
const run = (seeded: Seeded, id: string) => findRun(test.database, seeded.teamId, id);
const actions = async (runId: string) =>
  (await readEvents(test.database, runId, 0)).flatMap(({ data }) => (data['action'] ? [data['action']] : []));

describe('a run that comes after another one', () => {
  it('waits, rings nothing and cannot be taken', async () => {
    const seeded = await seedRun(test.database);
    const next = await chained(seeded, 'last');
    expect(await run(seeded, next)).toMatchObject({
      ...{ status: 'queued', waitReason: 'predecessor', afterRunId: seeded.runId, baseSha: null },
      reason: `waits until the run ${seeded.runId} is delivered`,
    });
    expect([await bells(next), await take(next)]).toEqual([0, null]);
    await requeueForgotten(test.database, 0);
    expect(await bells(next)).toBe(0);
  });

  it('starts at the head of the one before, once that is delivered', async () => {
    const seeded = await seedRun(test.database);
    const next = await chained(seeded, seeded.planId);
    await end(seeded.runId, 'completed', 'b'.repeat(40));
    expect(await run(seeded, next)).toMatchObject({
      waitReason: 'slot',
      baseSha: 'b'.repeat(40),
      headSha: 'b'.repeat(40),
    });
    expect([await bells(next), await actions(next)]).toEqual([1, ['stage3_queued', 'predecessor_delivered']]);
    expect((await take(next))?.run.base_sha).toBe('b'.repeat(40));
  });

  it('starts at once when the one before is delivered already', async () => {
    const seeded = await seedRun(test.database);
    await end(seeded.runId, 'completed', 'c'.repeat(40));
    const next = await chained(seeded, 'last');
    expect(await run(seeded, next)).toMatchObject({
      waitReason: 'slot',
      baseSha: 'c'.repeat(40),
      afterRunId: seeded.runId,
    });
    expect(await bells(next)).toBe(1);
  });

  it('is one of a chain, however many are approved at once', async () => {
    const seeded = await seedRun(test.database);
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((slug) => chained(seeded, 'last', slug)));
    const before = await Promise.all(ids.map(async (id) => (await run(seeded, id)).afterRunId));
    expect(new Set(before).size).toBe(4);
    expect(before.filter((id) => id === seeded.runId)).toHaveLength(1);
  });

  it('is never lost between its approval and the delivery of the one before', async () => {
    for (let round = 0; round < 5; round += 1) {
      const seeded = await seedRun(test.database);
      const [next] = await Promise.all([chained(seeded, 'last'), end(seeded.runId, 'completed')]);
      expect(await run(seeded, next)).toMatchObject({ waitReason: 'slot', baseSha: 'a'.repeat(40) });
    }
  });

  it('comes after the very run that is named, also where its plan has a newer one', async () => {
    const seeded = await seedRun(test.database);
    const { teamId, planId } = seeded;
    await startRun(test.database, { teamId, planId, steps: stepsOf(['1']) });
    const next = await chained(seeded, seeded.runId);
    expect(await run(seeded, next)).toMatchObject({ waitReason: 'predecessor', afterRunId: seeded.runId });
  });

  it('needs a run to come after, when a plan is named', async () => {
    const [mine, theirs] = [await seedRun(test.database), await seedRun(test.database)];
    expect(await faultCode(chained(mine, theirs.planId))).toBe('wrong_transition');
    await cancelRun(test.database, who(mine), mine.runId);
    expect(await faultCode(chained(mine, mine.planId))).toBe('wrong_transition');
    const alone = await chained(mine, 'last');
    expect(await run(mine, alone)).toMatchObject({ waitReason: 'slot', afterRunId: null });
  });
});

describe('when the run before does not get there', () => {
  it('says so, and waits on while that one is tried again', async () => {
    const seeded = await seedRun(test.database);
    const next = await chained(seeded, 'last');
    await end(seeded.runId, 'failed');
    expect((await run(seeded, next)).reason).toContain('failed: retry that one with POST');
    await resumeRun(test.database, who(seeded), seeded.runId);
    expect((await run(seeded, next)).reason).toBe(`waits until the run ${seeded.runId} is delivered`);
    expect(await actions(next)).toEqual(['stage3_queued', 'predecessor_failed', 'predecessor_queued']);
    expect(await faultCode(resumeRun(test.database, who(seeded), next))).toBe('wrong_transition');
    await end(seeded.runId, 'completed');
    expect((await run(seeded, next)).waitReason).toBe('slot');
  });

  it('goes on without a cancelled one when a person says so, in its place', async () => {
    const seeded = await seedRun(test.database);
    const second = await chained(seeded, 'last', 'second');
    const third = await chained(seeded, 'last', 'third');
    await cancelRun(test.database, who(seeded), second);
    expect(await run(seeded, third)).toMatchObject({ waitReason: 'predecessor', afterRunId: second });
    expect((await run(seeded, third)).reason).toContain('was cancelled: resume this one to go on without that work');
    await resumeRun(test.database, who(seeded), third);
    expect(await run(seeded, third)).toMatchObject({ waitReason: 'predecessor', afterRunId: seeded.runId });
    await end(seeded.runId, 'completed', 'd'.repeat(40));
    expect(await run(seeded, third)).toMatchObject({ waitReason: 'slot', baseSha: 'd'.repeat(40) });
  });

  it('starts from the project’s base when nothing is before it any more', async () => {
    const seeded = await seedRun(test.database);
    const next = await chained(seeded, 'last');
    await cancelRun(test.database, who(seeded), seeded.runId);
    await resumeRun(test.database, who(seeded), next);
    expect(await run(seeded, next)).toMatchObject({ waitReason: 'slot', afterRunId: null, baseSha: null });
    expect([await bells(next), (await take(next))?.run.id]).toEqual([1, next]);
  });

  it('a pause does not get it past the one before', async () => {
    const seeded = await seedRun(test.database);
    const next = await chained(seeded, 'last');
    await pauseRun(test.database, who(seeded), next);
    await resumeRun(test.database, who(seeded), next);
    expect(await run(seeded, next)).toMatchObject({ status: 'queued', waitReason: 'predecessor' });
    expect((await readEvents(test.database, next, 0)).at(-1)?.data).toMatchObject({
      action: 'run_resumed',
      waitReason: 'predecessor',
    });
    expect(await take(next)).toBeNull();
    await pauseRun(test.database, who(seeded), next);
    await end(seeded.runId, 'completed');
    expect(await run(seeded, next)).toMatchObject({ status: 'paused', waitReason: 'person', baseSha: 'a'.repeat(40) });
    await resumeRun(test.database, who(seeded), next);
    expect((await run(seeded, next)).waitReason).toBe('slot');
  });
});
