import { randomUUID } from 'node:crypto';
import { faultCode } from '@lockstep/testing';
import {
  answerQuestions,
  appendOutput,
  appendRunEvents,
  approvePlan,
  askQuestion,
  authenticate,
  cancelRun,
  closeAttempt,
  completeStep,
  findPlan,
  findRun,
  letGo,
  listQuestions,
  listRuns,
  listSteps,
  migrate,
  moveStep,
  openAttempt,
  openDatabase,
  outputEnd,
  readEvents,
  readOutput,
  relayBells,
  renewLease,
  requeueForgotten,
  resumeRun,
  startRun,
  submitPlan,
  sweepLeases,
  takeLease,
  writeUnderLease,
  type Lease,
} from './index';
import { planOf, seedRun, stepsOf, testDatabase, type Seeded, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

const take = async ({ runId }: Seeded, executorId = 'executor-a', leaseMs = 10_000): Promise<Lease> => {
  const taken = await takeLease(test.database, { runId, executorId, leaseMs, stage: 'implementation' });
  if (!taken) throw new Error('the run could not be taken');
  return taken.lease;
};
const types = async (streamId: string) => (await readEvents(test.database, streamId, 0)).map(({ type }) => type);

describe('the schema', () => {
  it('has every column that the client names', async () => {
    const { prisma } = test.database;
    const models = [
      prisma.installation,
      prisma.team,
      prisma.token,
      prisma.project,
      prisma.plan,
      prisma.run,
      prisma.step,
      prisma.attempt,
      prisma.turn,
      prisma.verification,
      prisma.commitIntent,
      prisma.question,
      prisma.event,
      prisma.outputChunk,
      prisma.snapshot,
      prisma.transcriptChunk,
      prisma.outbox,
      prisma.idempotencyKey,
      prisma.drive,
      prisma.pruning,
    ];
    for (const model of models) await expect((model.findFirst as () => Promise<unknown>)()).resolves.toBeDefined();
  });

  it('is applied once, however often the runner runs', async () => {
    expect(await migrate(test.url)).toEqual([]);
  });

  it('refuses a migration that was changed after it had been applied', async () => {
    expect(
      await faultCode(migrate(test.url, [{ name: '20261101000000_init', sql: 'SELECT 1', checksum: 'other' }])),
    ).toBe('config_invalid');
  });

  it('refuses a finished run without a time', async () => {
    const { runId } = await seedRun(test.database);
    await expect(
      test.database.prisma.run.update({ where: { id: runId }, data: { status: 'completed' } }),
    ).rejects.toThrow('run_finished');
  });
});

describe('plans and runs', () => {
  it('approving starts a run, with its first events and the bell in the same transaction', async () => {
    const seeded = await seedRun(test.database);
    expect(await types(seeded.planId)).toEqual(['plan.submitted', 'plan.approved']);
    const events = await readEvents(test.database, seeded.runId, 0);
    expect(events.map(({ seq, type, data }) => [seq, type, data['status'] ?? null])).toEqual([
      [1, 'stage.changed', null],
      [2, 'execution.status', 'queued'],
    ]);
    expect(
      await test.database.prisma.outbox.count({ where: { payload: { path: ['runId'], equals: seeded.runId } } }),
    ).toBe(1);
    expect((await findPlan(test.database, seeded.teamId, seeded.planId)).runId).toBe(seeded.runId);
  });

  it('a decision is final', async () => {
    const seeded = await seedRun(test.database);
    const again = { teamId: seeded.teamId, planId: seeded.planId, steps: stepsOf(['1']), by: 'tester' };
    expect(await faultCode(approvePlan(test.database, again))).toBe('wrong_transition');
    expect(await faultCode(approvePlan(test.database, { ...again, planId: randomUUID() }))).toBe('not_found');
  });

  it('a draft cannot be run', async () => {
    const { teamId, projectId } = await seedRun(test.database);
    const draft = await submitPlan(test.database, {
      teamId,
      projectId,
      document: 'x',
      path: null,
      profile: 'feature',
      parsed: planOf(['1']),
      by: 'tester',
    });
    expect(draft.version).toBe(2);
    expect(await faultCode(startRun(test.database, { teamId, planId: draft.id, steps: stepsOf(['1']) }))).toBe(
      'plan_not_approved',
    );
  });

  it("someone else's run is not found", async () => {
    const [mine, theirs] = [await seedRun(test.database), await seedRun(test.database)];
    expect(await faultCode(findRun(test.database, mine.teamId, theirs.runId))).toBe('not_found');
    expect(await faultCode(cancelRun(test.database, { teamId: mine.teamId, by: 'me' }, theirs.runId))).toBe(
      'not_found',
    );
    expect((await listRuns(test.database, { teamId: mine.teamId, limit: 10 })).data.map(({ id }) => id)).toEqual([
      mine.runId,
    ]);
  });

  it('pages runs', async () => {
    const seeded = await seedRun(test.database);
    for (let i = 0; i < 4; i++)
      await startRun(test.database, { teamId: seeded.teamId, planId: seeded.planId, steps: stepsOf(['1']) });
    const first = await listRuns(test.database, { teamId: seeded.teamId, limit: 3 });
    const second = await listRuns(test.database, {
      teamId: seeded.teamId,
      limit: 3,
      cursor: first.nextCursor ?? undefined,
    });
    expect(new Set([...first.data, ...second.data].map(({ id }) => id)).size).toBe(5);
    expect(second.nextCursor).toBeNull();
  });
});

describe('leases', () => {
  it('only one executor takes a run', async () => {
    const { runId } = await seedRun(test.database);
    const claims = await Promise.all(
      ['a', 'b', 'c', 'd'].map((executorId) =>
        takeLease(test.database, { runId, executorId, leaseMs: 10_000, stage: 'implementation' }),
      ),
    );
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });

  it('a late executor changes no row', async () => {
    const seeded = await seedRun(test.database);
    const late = await take(seeded, 'late', 1);
    while (!(await sweepLeases(test.database)).includes(seeded.runId));
    const heir = await take(seeded, 'heir');
    expect(
      await faultCode(
        writeUnderLease(test.database, late, (tx) =>
          moveStep(tx, { runId: seeded.runId, key: '1', to: 'in_progress' }),
        ),
      ),
    ).toBe('lease_lost');
    expect(await faultCode(renewLease(test.database, late, 1000))).toBe('lease_lost');
    await appendOutput(test.database, late, { offset: 0, stream: 'agent', text: 'late' });
    expect(await readOutput(test.database, seeded.runId, 0)).toEqual([]);
    await expect(renewLease(test.database, heir, 1000)).resolves.toEqual({ request: null, requestedBy: null });
    expect(await types(seeded.runId)).toContain('attempt.lost');
  });

  it('an executor that stands still in a transaction does not keep its run from the sweeper', async () => {
    const seeded = await seedRun(test.database);
    const lease = await take(seeded, 'stopped', 1);
    const stopped = openDatabase({ url: test.url, standstillMs: 100 });
    const writing = writeUnderLease(stopped, lease, async (tx) => {
      while (!(await sweepLeases(test.database)).includes(seeded.runId));
      await tx.query('driven', [seeded.runId]);
    });
    expect(await faultCode(writing)).toBe('database_unavailable');
    await stopped.stop();
  });

  it('what a person asks of a running run reaches the holder with the heartbeat', async () => {
    const seeded = await seedRun(test.database);
    const lease = await take(seeded);
    expect(await cancelRun(test.database, { teamId: seeded.teamId, by: 'ann' }, seeded.runId)).toBe('asked');
    expect(await renewLease(test.database, lease, 1000)).toEqual({ request: 'cancel', requestedBy: 'ann' });
  });
});

describe('events', () => {
  it('are dense and ordered, with many writers at once', async () => {
    const seeded = await seedRun(test.database);
    const warn = (detail: string) => ({ type: 'agent.warning' as const, data: { kind: 'test', detail } });
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        test.database.transaction((tx) => appendRunEvents(tx, seeded.runId, [warn(`${i}a`), warn(`${i}b`)])),
      ),
    );
    const events = await readEvents(test.database, seeded.runId, 0);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 82 }, (_, i) => i + 1));
  });

  it('keep text that Postgres cannot hold as it is', async () => {
    const seeded = await seedRun(test.database);
    await test.database.transaction((tx) =>
      appendRunEvents(tx, seeded.runId, [{ type: 'agent.warning', data: { kind: 'nul', detail: 'a\u0000b\ud800c' } }]),
    );
    expect((await readEvents(test.database, seeded.runId, 2))[0]?.data['detail']).toBe('a\ufffdb\ufffdc');
  });

  it('a fact that breaks its schema is refused', async () => {
    const seeded = await seedRun(test.database);
    const wrong = { type: 'agent.warning', data: { kind: 1 } } as never;
    await expect(test.database.transaction((tx) => appendRunEvents(tx, seeded.runId, [wrong]))).rejects.toThrow();
  });
});

describe('a step', () => {
  it('goes from pending over an attempt to completed', async () => {
    const seeded = await seedRun(test.database);
    const lease = await take(seeded);
    const { runId } = seeded;
    await writeUnderLease(test.database, lease, async (tx) => {
      await moveStep(tx, { runId, key: '1', to: 'in_progress' });
      expect(
        await openAttempt(tx, { runId, key: '1', isFix: false, executorId: 'executor-a', token: lease.token }),
      ).toBe(1);
    });
    await writeUnderLease(test.database, lease, async (tx) => {
      expect((await closeAttempt(tx, runId, 'passed', null))?.number).toBe(1);
      await completeStep(tx, {
        runId,
        key: '1',
        commitSha: 'abc',
        summary: 'done',
        filesModified: ['a'],
        lessons: ['b'],
        deviations: [],
      });
    });
    const [step] = await listSteps(test.database, runId);
    expect(step).toMatchObject({
      key: '1',
      status: 'completed',
      commitSha: 'abc',
      attempts: [{ number: 1, outcome: 'passed' }],
    });
  });

  it('cannot be completed twice', async () => {
    const seeded = await seedRun(test.database);
    const lease = await take(seeded);
    const step = {
      runId: seeded.runId,
      key: '1',
      commitSha: 'abc',
      summary: '',
      filesModified: [],
      lessons: [],
      deviations: [],
    };
    await writeUnderLease(test.database, lease, (tx) => completeStep(tx, step));
    expect(await faultCode(writeUnderLease(test.database, lease, (tx) => completeStep(tx, step)))).toBe(
      'stale_transition',
    );
  });
});

describe('questions', () => {
  const block = async (): Promise<Seeded & { questions: string[] }> => {
    const seeded = await seedRun(test.database);
    const lease = await take(seeded);
    const questions: string[] = [];
    await writeUnderLease(test.database, lease, async (tx) => {
      for (const text of ['A?', 'B?'])
        questions.push(
          await askQuestion(tx, {
            runId: seeded.runId,
            stepKey: '1',
            attempt: null,
            category: 'blocker',
            text,
            options: ['x'],
          }),
        );
      await letGo(
        tx,
        { id: seeded.runId, stage: 'implementation' },
        { to: 'blocked', action: 'stage3_blocked', waitReason: 'question' },
      );
    });
    return { ...seeded, questions };
  };

  it('the last answer rings the bell, and the first answer to a question wins', async () => {
    const { teamId, runId, questions } = await block();
    const who = { teamId, by: 'ann' };
    const [first, second] = questions as [string, string];
    expect(await answerQuestions(test.database, who, runId, [{ questionId: first, answer: '1' }])).toEqual({
      resumed: false,
    });
    expect(
      await faultCode(
        answerQuestions(test.database, who, runId, [
          { questionId: second, answer: '2' },
          { questionId: first, answer: '3' },
        ]),
      ),
    ).toBe('already_answered');
    expect((await listQuestions(test.database, { teamId, runId, status: 'open' })).map(({ id }) => id)).toEqual([
      second,
    ]);
    const both = await Promise.allSettled(
      ['2', '3'].map((answer) => answerQuestions(test.database, who, runId, [{ questionId: second, answer }])),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await findRun(test.database, teamId, runId)).status).toBe('queued');
  });

  it('a blocked run cannot be resumed without its answers, and a cancel withdraws them', async () => {
    const { teamId, runId } = await block();
    expect(await faultCode(resumeRun(test.database, { teamId, by: 'ann' }, runId))).toBe('wrong_transition');
    expect(await cancelRun(test.database, { teamId, by: 'ann' }, runId)).toBe('done');
    expect((await listQuestions(test.database, { teamId, runId })).map(({ status }) => status)).toEqual([
      'withdrawn',
      'withdrawn',
    ]);
    expect(await faultCode(cancelRun(test.database, { teamId, by: 'ann' }, runId))).toBe('wrong_transition');
  });
});

describe('output', () => {
  it('counts bytes', async () => {
    const seeded = await seedRun(test.database);
    const lease = await take(seeded);
    const next = await appendOutput(test.database, lease, { offset: 0, stream: 'agent', text: 'grüße' });
    expect(next).toBe(7);
    await appendOutput(test.database, lease, { offset: next, stream: 'agent', text: '!' });
    await appendOutput(test.database, lease, { offset: next, stream: 'agent', text: '!' });
    expect(await outputEnd(test.database, seeded.runId)).toBe(8);
    expect((await readOutput(test.database, seeded.runId, 7)).map(({ text }) => text)).toEqual(['!']);
    expect((await readOutput(test.database, seeded.runId, 3)).map(({ text }) => text)).toEqual(['grüße', '!']);
    expect(await readOutput(test.database, seeded.runId, 8)).toEqual([]);
  });
});

describe('the outbox', () => {
  it('rings each bell once with two relays, keeps what was not heard, and rings again for forgotten runs', async () => {
    const own = await testDatabase();
    const { runId } = await seedRun(own.database);
    expect(await relayBells(own.database, () => Promise.resolve(false))).toBe(0);
    const heard: unknown[] = [];
    const ring = async ({ payload }: { payload: unknown }) => heard.push(payload) > 0;
    await Promise.all([relayBells(own.database, ring), relayBells(own.database, ring)]);
    expect(heard).toEqual([{ runId }]);
    expect(await requeueForgotten(own.database, 60_000)).toEqual([]);
    expect(await requeueForgotten(own.database, 0)).toEqual([runId]);
    await own.stop();
  });
});

describe('tokens', () => {
  it('only the digest is stored', async () => {
    const { token, teamId } = await seedRun(test.database);
    expect(await authenticate(test.database, token)).toMatchObject({ teamId, name: 'tester' });
    expect(await authenticate(test.database, `${token}x`)).toBeNull();
    expect(JSON.stringify(await test.database.prisma.token.findMany())).not.toContain(token);
  });
});
