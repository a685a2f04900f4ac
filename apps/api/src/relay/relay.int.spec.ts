import { createBackplane } from '@lockstep/backplane';
import { approvePlan, sweepLeases, takeLease } from '@lockstep/database';
import { stepsOf } from '@lockstep/database/testing';
import { silentLogger } from '@lockstep/runtime';
import { hasRedis, ownRedis, waitFor } from '@lockstep/testing';
import { createApi } from '../api';
import {
  callsOf,
  clientOf,
  kinds,
  settings,
  startApi,
  type ApiUnderTest,
  type Client,
} from '../testing/api-under-test';
import { newRun, storedPlan } from '../testing/fixtures';
import { outboxChannel } from './outbox-relay';

interface Heard {
  readonly runId: string;
  readonly at: number;
}

/** Listens to the queue as an executor does. */
function listen({ backplane }: Pick<ApiUnderTest, 'backplane'>): Heard[] {
  const heard: Heard[] = [];
  const hear = async ({ runId }: { runId: string }) => void heard.push({ runId, at: performance.now() });
  backplane.consumer().consume({ 'stage.implementation': hear, 'stage.delivery': hear }, { concurrency: 2 });
  return heard;
}

const rang = (heard: readonly Heard[], runId: string) =>
  waitFor(() => heard.find((each) => each.runId === runId), { what: `a ring for the run ${runId}`, everyMs: 1 });

const unsent = ({ test }: ApiUnderTest) => test.database.prisma.outbox.count({ where: { sentAt: null } });

describe.each(kinds)('the relay on %s', (kind) => {
  let under: ApiUnderTest;
  let client: Client;
  let heard: Heard[];
  beforeAll(async () => {
    // So seldom that only a poke or a nudge can be what rings.
    under = await startApi(kind, { relayIntervalMs: 60_000 });
    client = await under.client();
    heard = listen(under);
    await rang(heard, (await newRun(under, client)).id);
  });
  afterAll(() => under.stop());

  it('rings right after an approval', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      const id = await storedPlan(under, client);
      const { body } = await client.post<{ runId: string }>(`/v1/plans/${id}/approve`);
      const answeredAt = performance.now();
      waits.push((await rang(heard, body.runId)).at - answeredAt);
    }
    // A generous bound: what is tested is that nothing waits for a poll.
    expect(waits.sort((a, b) => a - b)[5]).toBeLessThan(200);
    await waitFor(async () => (await unsent(under)) === 0, { what: 'an empty outbox' });
  });

  it('rings for each move that queues a run', async () => {
    const { id } = await newRun(under, client);
    await rang(heard, id);
    await client.post(`/v1/runs/${id}/pause`);
    heard.length = 0;
    await client.post(`/v1/runs/${id}/resume`);
    await rang(heard, id);
    expect(heard.filter(({ runId }) => runId === id)).toHaveLength(1);
  });

  it('rings what another process wrote, when it is nudged', async () => {
    const planId = await storedPlan(under, client);
    const runId = await approvePlan(under.test.database, {
      teamId: client.teamId,
      planId,
      steps: stepsOf(['1']),
      by: 'x',
    });
    under.backplane.nudges.publish({ channel: outboxChannel, seq: 0 });
    await rang(heard, runId);
  });

  it('drops a bell that nobody knows, and rings on', async () => {
    await under.test.database.prisma.outbox.create({ data: { job: 'stage.unheard-of', payload: {} } });
    const { id } = await newRun(under, client);
    await rang(heard, id);
    await waitFor(async () => (await unsent(under)) === 0, { what: 'an empty outbox' });
  });

  it('tells those who follow the run and the plan', async () => {
    const nudges: string[] = [];
    const hear = {
      onNudge: ({ channel, seq }: { channel: string; seq: number }) => void nudges.push(`${channel} ${seq}`),
    };
    const unfollow = await Promise.all(
      ['run:*', 'plan:*'].map((pattern) => under.backplane.nudges.subscribe(pattern, hear)),
    );
    const planId = await storedPlan(under, client);
    const { body } = await client.post<{ runId: string }>(`/v1/plans/${planId}/approve`);
    await client.post(`/v1/runs/${body.runId}/pause`);
    const wanted = [`plan:${planId} 2`, `run:${body.runId} 3`];
    await waitFor(() => wanted.every((each) => nudges.includes(each)), { what: wanted.join(', ') });
    unfollow.forEach((end) => end());
  });
});

describe('runs that nobody looks after', () => {
  it('are given back when their lease ran out, and rung for again', async () => {
    const under = await startApi('postgres', { relayIntervalMs: 60_000, sweepIntervalMs: 100 });
    const heard = listen(under);
    const { id } = await newRun(under, await under.client());
    await rang(heard, id);
    heard.length = 0;
    await takeLease(under.test.database, { runId: id, executorId: 'gone', leaseMs: 1, stage: 'implementation' });
    await rang(heard, id);
    expect(await sweepLeases(under.test.database)).toEqual([]);
    await under.stop();
  });

  it('are rung for again when the queue has forgotten them', async () => {
    const under = await startApi('postgres');
    const { id } = await newRun(under, await under.client());
    await waitFor(async () => (await unsent(under)) === 0, { what: 'the first ring' });
    await under.backplane.admin.obliterate();
    const long = new Date(Date.now() - 60_000);
    await under.test.database.prisma.outbox.updateMany({ data: { sentAt: long } });
    await rang(listen(under), id);
    await under.stop();
  });
});

(hasRedis() ? describe : describe.skip)('with a queue that hangs', () => {
  it('requests answer within a second and nothing is lost', async () => {
    const under = await startApi();
    const redis = await ownRedis();
    await redis.start();
    const backplane = createBackplane({ databaseUrl: under.test.url, redisUrl: redis.url });
    const api = createApi({ database: under.test.database, backplane, settings, logger: silentLogger() });
    await under.api.stop();
    await api.start();
    const client = await clientOf(api, under.test);
    const heard = listen({ backplane });
    try {
      const plans = [await storedPlan(under, client), await storedPlan(under, client), await storedPlan(under, client)];
      redis.signal('SIGSTOP');
      const runs: string[] = [];
      for (const id of plans) {
        const began = performance.now();
        runs.push((await callsOf(api, client.token).post<{ runId: string }>(`/v1/plans/${id}/approve`)).body.runId);
        expect(performance.now() - began).toBeLessThan(1_000);
      }
      await waitFor(async () => !(await fetch(`${api.url}/readyz`)).ok, { what: 'readyz to say so' });
      redis.signal('SIGCONT');
      for (const id of runs) await rang(heard, id);
      await waitFor(async () => (await fetch(`${api.url}/readyz`)).ok, { what: 'readyz to be content' });
    } finally {
      await api.stop();
      await redis.stop();
      await under.test.stop();
    }
  });
});
