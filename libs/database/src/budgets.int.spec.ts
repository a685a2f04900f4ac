import { type BudgetLimits, type ProjectBudget } from '@lockstep/contracts';
import {
  answerQuestions,
  askAboutBudgets,
  closeTurn,
  countUsage,
  crossedBudgets,
  findRun,
  letGo,
  listQuestions,
  openAttempt,
  openTurn,
  readEvents,
  sweepLeases,
  takeLease,
  writeUnderLease,
  type Lease,
} from './index';
import { seedRun, testDatabase, type Seeded, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

const person = ({ teamId }: Seeded) => ({ teamId, by: 'ada' });
const tokens = (input: number) => ({ input, output: 0, cacheRead: 0, cacheWrite: 0 });

const seed = (budget: Partial<BudgetLimits>, projectBudget?: ProjectBudget): Promise<Seeded> =>
  seedRun(test.database, { settings: { budget, ...(projectBudget ? { projectBudget } : {}) } });

const take = async ({ runId }: Seeded, leaseMs = 10_000): Promise<Lease> =>
  (await takeLease(test.database, { runId, executorId: 'executor-a', leaseMs, stage: 'implementation' }))!.lease;

const turn = (lease: Lease): Promise<number> =>
  writeUnderLease(test.database, lease, (tx) =>
    openTurn(tx, { runId: lease.runId, stepKey: '1', attempt: 1, kind: 'step', prompt: 'do' }),
  );

const spend = async (lease: Lease, costUsd: number | null, input = 0): Promise<void> => {
  const number = await turn(lease);
  await writeUnderLease(test.database, lease, (tx) =>
    closeTurn(tx, { runId: lease.runId, number, reply: '', outcome: 'completed', costUsd, tokens: tokens(input) }),
  );
};

const crossed = ({ runId }: Seeded) => crossedBudgets(test.database, runId);
const brief = async (of: Seeded) => (await crossed(of)).map(({ scope, kind, used }) => [scope, kind, used]);

/** What the executor does when there is no room: asks, and lets go. */
const block = async (of: Seeded, lease: Lease): Promise<void> => {
  const found = await crossed(of);
  await writeUnderLease(test.database, lease, async (tx) => {
    await askAboutBudgets(tx, of.runId, found);
    const stage = 'implementation';
    await letGo(tx, { id: of.runId, stage }, { to: 'blocked', action: 'stage3_budget', waitReason: 'budget' });
  });
};

const openQuestions = (of: Seeded) =>
  listQuestions(test.database, { teamId: of.teamId, runId: of.runId, status: 'open' });
const run = ({ teamId, runId }: Seeded) => findRun(test.database, teamId, runId);

describe('what a run has used', () => {
  it('is nobody’s business without a limit', async () => {
    const of = await seed({});
    await spend(await take(of), 1000, 1e9);
    expect(await crossed(of)).toEqual([]);
  });

  it('counts what is known of the cost, and says that it is the least', async () => {
    const of = await seed({ costUsd: 1 });
    const lease = await take(of);
    await spend(lease, 0.6);
    expect(await crossed(of)).toEqual([]);
    expect(await run(of)).toMatchObject({ costUsd: 0.6, costIsPartial: false });
    await spend(lease, null, 100);
    expect(await crossed(of)).toEqual([]);
    await spend(lease, 0.4);
    expect(await crossed(of)).toMatchObject([{ kind: 'costUsd', used: 1, atLeast: true }]);
    expect(await run(of)).toMatchObject({ costUsd: 1, costIsPartial: true });
  });

  it('counts the tokens of a turn whose executor died, and knows that its cost is unknown', async () => {
    const of = await seed({ tokens: 500, costUsd: 1 });
    const lease = await take(of, 1);
    const number = await turn(lease);
    await countUsage(test.database, lease, number, tokens(300));
    await countUsage(test.database, lease, number, tokens(600));
    await test.database.prisma.run.update({ where: { id: of.runId }, data: { leaseExpiresAt: new Date(0) } });
    await sweepLeases(test.database);
    expect(await run(of)).toMatchObject({ status: 'queued', costUsd: null, costIsPartial: true, tokens: tokens(600) });
    expect(await brief(of)).toEqual([['run', 'tokens', 600]]);
    await countUsage(test.database, lease, number, tokens(900));
    expect((await run(of)).tokens).toEqual(tokens(600));
  });

  it('counts each token once, whether it was counted on the way or at the end', async () => {
    const of = await seed({});
    const lease = await take(of);
    const number = await turn(lease);
    await countUsage(test.database, lease, number, tokens(300));
    const end = { runId: of.runId, number, reply: '', outcome: 'completed', costUsd: 0.1, tokens: tokens(400) };
    await writeUnderLease(test.database, lease, (tx) => closeTurn(tx, end));
    await writeUnderLease(test.database, lease, (tx) => closeTurn(tx, end));
    expect(await run(of)).toMatchObject({ tokens: tokens(400), costUsd: 0.1 });
  });

  it('counts the time of drives, no longer than their leases, and none in between', async () => {
    const of = await seed({ seconds: 3600 });
    const lease = await take(of);
    const { drive } = test.database.prisma;
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    await drive.updateMany({ where: { runId: of.runId }, data: { startedAt: hoursAgo(10) } });
    await test.database.prisma.run.update({ where: { id: of.runId }, data: { leaseExpiresAt: hoursAgo(9.5) } });
    await sweepLeases(test.database);
    expect(await crossed(of)).toEqual([]);
    const again = await take(of);
    await drive.updateMany({ where: { runId: of.runId, endedAt: null }, data: { startedAt: hoursAgo(0.6) } });
    expect(await crossed(of)).toMatchObject([{ kind: 'seconds', used: expect.closeTo(1.1 * 3600, -1) }]);
    expect(again.token).not.toBe(lease.token);
  });

  it('counts every attempt', async () => {
    const of = await seed({ attempts: 1 });
    const lease = await take(of);
    await writeUnderLease(test.database, lease, (tx) =>
      openAttempt(tx, { runId: of.runId, key: '1', isFix: false, executorId: 'executor-a', token: lease.token }),
    );
    expect(await brief(of)).toEqual([['run', 'attempts', 1]]);
  });
});

describe('what the runs of a project have used', () => {
  it('is the sum over them, within the window', async () => {
    const of = await seed({}, { costUsd: 10, perDays: 1 });
    const lease = await take(of);
    await spend(lease, 6);
    await spend(lease, 5);
    expect(await brief(of)).toEqual([['project', 'costUsd', 11]]);
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    await test.database.prisma.turn.updateMany({
      where: { runId: of.runId, number: 1 },
      data: { startedAt: yesterday },
    });
    expect(await crossed(of)).toEqual([]);
  });

  it('is asked about once by each of them, and raised for each alone', async () => {
    const first = await seed({}, { costUsd: 10 });
    const planId = first.planId;
    const { id } = await test.database.prisma.run.findFirstOrThrow({ where: { planId } });
    const row = await test.database.prisma.run.findUniqueOrThrow({ where: { id } });
    const twin = await test.database.prisma.run.create({
      data: {
        teamId: row.teamId,
        projectId: row.projectId,
        planId,
        branch: `${row.branch}-b`,
        settings: {},
        waitReason: 'slot',
      },
    });
    const second = { ...first, runId: twin.id };
    const leases = [await take(first), await take(second)] as const;
    await spend(leases[0], 12);
    await Promise.all([block(first, leases[0]), block(second, leases[1])]);
    expect([(await openQuestions(first)).length, (await openQuestions(second)).length]).toEqual([1, 1]);
    const [asked] = await openQuestions(first);
    expect(asked).toMatchObject({ budget: { scope: 'project', limit: 10, raiseTo: 20 } });
    const answer = [{ questionId: asked!.id, answer: '$30' }];
    expect(await answerQuestions(test.database, person(first), first.runId, answer)).toEqual({ resumed: true });
    expect([await brief(first), await brief(second)]).toEqual([[], [['project', 'costUsd', 12]]]);
  });
});

describe('an answer about a budget', () => {
  const blocked = async (): Promise<{ of: Seeded; questionId: string }> => {
    const of = await seed({ costUsd: 1 });
    const lease = await take(of);
    await spend(lease, 1.5);
    await block(of, lease);
    return { of, questionId: (await openQuestions(of))[0]!.id };
  };

  it('that says nothing leaves the question open', async () => {
    const { of, questionId } = await blocked();
    const answer = answerQuestions(test.database, person(of), of.runId, [{ questionId, answer: 'hm' }]);
    await expect(answer).rejects.toMatchObject({ code: 'answer_unclear' });
    expect((await run(of)).status).toBe('blocked');
    expect(await openQuestions(of)).toHaveLength(1);
  });

  it('raises the run’s own budget', async () => {
    const { of, questionId } = await blocked();
    const answer = 'Raise it to $2.00 and go on';
    expect(await answerQuestions(test.database, person(of), of.runId, [{ questionId, answer }])).toEqual({
      resumed: true,
    });
    expect(await run(of)).toMatchObject({ status: 'queued' });
    expect(await crossed(of)).toEqual([]);
    await spend(await take(of), 0.5);
    expect(await crossed(of)).toMatchObject([{ limit: 2, used: 2, raiseTo: 4 }]);
  });

  it('ends the run', async () => {
    const { of, questionId } = await blocked();
    const answer = 'Stop here (cancels the run)';
    expect(await answerQuestions(test.database, person(of), of.runId, [{ questionId, answer }])).toEqual({
      resumed: false,
    });
    expect(await run(of)).toMatchObject({ status: 'cancelled' });
    expect((await readEvents(test.database, of.runId, 0)).at(-1)).toMatchObject({ data: { action: 'run_cancelled' } });
  });

  it('is asked for anew in the place of the open question', async () => {
    const { of, questionId } = await blocked();
    await test.database.transaction(async (tx) => askAboutBudgets(tx, of.runId, await crossedBudgets(tx, of.runId)));
    const [open, ...others] = await openQuestions(of);
    expect([others, open!.id === questionId]).toEqual([[], false]);
  });
});
