import { randomBytes } from 'node:crypto';
import {
  askQuestion,
  countFleet,
  executorGone,
  executorSeen,
  findRun,
  letGo,
  listCredentials,
  listRuns,
  moveStep,
  pauseCredential,
  pauseRun,
  pruneExecutors,
  registerCredential,
  takeLease,
  writeUnderLease,
  type Lease,
  type RunMove,
  type Transaction,
} from './index';
import { seedRun, testDatabase, type Seeded, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

const sign = (id: string, more: object = {}) =>
  executorSeen(test.database, { id, slots: 2, busy: 0, draining: false, aliveMs: 60_000, ...more });
const waiting = async ({ teamId, runId }: Seeded) => (await findRun(test.database, teamId, runId)).waiting;
const takeIt = async ({ runId }: Seeded, credential?: string): Promise<Lease | undefined> =>
  (
    await takeLease(test.database, {
      runId,
      executorId: 'executor-a',
      leaseMs: 60_000,
      stage: 'implementation',
      ...(credential ? { credential: { fingerprint: credential, probeMs: 1 } } : {}),
    })
  )?.lease;
async function end(run: Seeded, move: RunMove, within?: (tx: Transaction) => Promise<unknown>): Promise<void> {
  const lease = await takeIt(run);
  await writeUnderLease(test.database, lease!, async (tx) => {
    await within?.(tx);
    await letGo(tx, { id: run.runId, stage: 'implementation' }, move);
  });
}

it('a slot: who is ahead, how many slots there are, and whether anybody is there at all', async () => {
  const [first, second] = [await seedRun(test.database), await seedRun(test.database)];
  expect(await waiting(first)).toEqual({
    for: 'slot',
    says: 'no executor is alive: start one',
    until: null,
    see: null,
  });
  await sign('one');
  await sign('two', { busy: 2 });
  expect((await waiting(first))?.says).toBe('an executor is about to take it: 2 of 4 slots free, it is next');
  await sign('one', { busy: 2 });
  expect((await waiting(second))?.says).toBe('all 4 slots of 2 executors are busy; 1 run ahead of it');
  await sign('two', { draining: true });
  await sign('dead', { aliveMs: -1 });
  expect(await countFleet(test.database)).toEqual({ executors: 1, slots: 2, busy: 2 });
  await executorGone(test.database, 'two');
  await pruneExecutors(test.database, 60_000);
  expect(await test.database.prisma.executor.count()).toBe(2);
  await pruneExecutors(test.database, 0);
  expect((await test.database.prisma.executor.findMany()).map(({ id }) => id)).toEqual(['one']);
  const { data } = await listRuns(test.database, { teamId: second.teamId, limit: 5 });
  expect(data.map((run) => run.waiting?.for)).toEqual(['slot']);
});

it('a credential: which limit, until when; and once it is open again, a slot', async () => {
  const run = await seedRun(test.database);
  const fingerprint = randomBytes(16).toString('hex');
  await registerCredential(test.database, fingerprint, 'model.example');
  const refusal = { runId: run.runId, limit: 'usage', named: 60_000 } as const;
  await test.database.transaction((tx) => pauseCredential(tx, fingerprint, refusal, 1));
  await takeIt(run, fingerprint);
  const why = await waiting(run);
  expect(why).toMatchObject({ for: 'credential', see: '/v1/credentials' });
  expect(why?.says).toContain('its allowance is used up, until 2');
  const [row] = await listCredentials(test.database, run.teamId);
  expect(row).toMatchObject({ id: fingerprint, host: 'model.example', state: 'paused', waiting: 1, reason: why?.says });
  expect(row?.resumeAt).toBe(why?.until);
  await test.database.prisma.credential.update({
    where: { fingerprint },
    data: { state: 'open', limitedBy: null, resumeAt: null },
  });
  expect(await waiting(run)).toMatchObject({ for: 'slot', see: null });
});

it('a question, a review, the next step and a person', async () => {
  const [asked, reviewed, manual, paused] = await Promise.all([1, 2, 3, 4].map(() => seedRun(test.database)));
  await end(asked!, { to: 'blocked', action: 'stage3_blocked', waitReason: 'question' }, (tx) =>
    askQuestion(tx, {
      runId: asked!.runId,
      ...{ stepKey: '1', attempt: null, category: 'blocker', text: 'Which one?', options: [] },
    }),
  );
  await end(reviewed!, { to: 'paused', action: 'stage3_needs_review', waitReason: 'review' }, async (tx) => {
    await moveStep(tx, { runId: reviewed!.runId, key: '1', to: 'in_progress' });
    await moveStep(tx, { runId: reviewed!.runId, key: '1', to: 'needs_review' });
  });
  await end(manual!, { to: 'paused', action: 'stage3_step_done', waitReason: 'advance', reason: 'step 0 is done' });
  await pauseRun(test.database, { teamId: paused!.teamId, by: 'ann' }, paused!.runId);
  expect(await waiting(asked!)).toEqual({
    for: 'question',
    says: 'waits for the answer to a question about step 1: Which one?',
    until: null,
    see: `/v1/questions?state=open&runId=${asked!.runId}`,
  });
  expect((await waiting(reviewed!))?.says).toBe('step 1 needs a review: approve it, or have it tried again');
  expect((await waiting(manual!))?.says).toBe('step 1 comes next; it starts when a person resumes the run');
  expect((await waiting(paused!))?.says).toBe('paused by ann; it goes on when a person resumes it');
});

it('nothing, while it runs', async () => {
  const run = await seedRun(test.database);
  await takeIt(run);
  expect(await waiting(run)).toBeNull();
});
