import type { ProjectUsage, Run } from '@lockstep/contracts';
import { cancelRun, rowBlobs, type BlobStore } from '@lockstep/database';
import { silentLogger } from '@lockstep/runtime';
import { startApi, type ApiUnderTest, type Client } from '../testing/api-under-test';
import { block } from '../testing/driving';
import { newRun } from '../testing/fixtures';
import { Pruner } from './pruner';

let under: ApiUnderTest;
let client: Client;
beforeAll(async () => {
  under = await startApi();
  client = await under.client();
});
afterAll(() => under.stop());

/** Timers go on as they are: it is this process's clock alone that is ten days ahead. */
const clockAhead = (): void => {
  const timers = [
    'setImmediate',
    'clearImmediate',
    'setInterval',
    'clearInterval',
    'setTimeout',
    'clearTimeout',
  ] as const;
  const others = ['hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const;
  jest.useFakeTimers({ now: Date.now() + 10 * 86_400_000, doNotFake: [...timers, ...others] });
};

const unlimited = { days: null, bytes: null };

/** What a look comes to when the installation keeps nothing of ended runs. */
const prune = (nothing = { days: 0, bytes: null }, blobs: BlobStore = rowBlobs): Promise<void> => {
  const limits = { workspaces: unlimited, output: nothing, snapshots: nothing, events: nothing };
  return new Pruner({
    database: under.test.database,
    blobs,
    logger: silentLogger(),
    intervalMs: 60_000,
    limits,
  }).prune();
};

const cancelled = async (): Promise<Run> => {
  const { id } = await newRun(under, client);
  await cancelRun(under.test.database, { teamId: client.teamId, by: 'ada' }, id);
  return (await client.get<Run>(`/v1/runs/${id}`)).body;
};

describe('the pruner', () => {
  it('leaves what is under way, and a floor for those who ask for what went', async () => {
    const ended = await cancelled();
    const { run: blocked } = await block(under, client, ['Well?']);
    await prune();
    expect((await client.get(`/v1/runs/${blocked.id}/events`)).body['data']).not.toEqual([]);
    const { status, body } = await client.get(`/v1/runs/${ended.id}/events`);
    expect([status, body['code'], body['detail']]).toEqual([
      410,
      'pruned',
      expect.stringContaining(`after=${ended.seq}`),
    ]);
    expect((await client.get(`/v1/runs/${ended.id}/events?after=${ended.seq}`)).body).toEqual({
      data: [],
      nextCursor: null,
    });
    expect((await client.get(`/v1/runs/${ended.id}/events/stream`)).status).toBe(410);
    expect((await client.get<Run>(`/v1/runs/${ended.id}`)).body).toMatchObject({
      seq: ended.seq,
      prunedSeq: ended.seq,
    });
  });

  it('keeps what a project wants kept', async () => {
    const ended = await cancelled();
    const settings = { retention: { events: { days: null } } };
    await under.test.database.prisma.project.update({ where: { id: ended.projectId }, data: { settings } });
    await prune();
    expect((await client.get(`/v1/runs/${ended.id}/events`)).status).toBe(200);
  });

  it('goes on past a project whose settings nobody understands, and past bytes that cannot be removed', async () => {
    const [odd, stuck, ended] = [await cancelled(), await cancelled(), await cancelled()];
    const { prisma } = under.test.database;
    await prisma.project.update({ where: { id: odd.projectId }, data: { settings: { retention: 'a while' } } });
    await prisma.snapshot.create({
      data: { teamId: stuck.teamId, runId: stuck.id, kind: 'park', fromSha: 'a', headSha: 'a' },
    });
    await prune(undefined, { ...rowBlobs, remove: () => Promise.reject(new Error('EACCES')) });
    const pruned = async ({ id }: Run) => (await client.get<Run>(`/v1/runs/${id}`)).body.prunedSeq;
    expect([await pruned(odd), await pruned(stuck), await pruned(ended)]).toEqual([0, stuck.seq, ended.seq]);
    expect(await prisma.snapshot.count({ where: { runId: stuck.id } })).toBe(1);
    await prisma.project.update({ where: { id: odd.projectId }, data: { settings: {} } });
  });

  it('tells the age of runs by the database’s clock', async () => {
    const ended = await cancelled();
    clockAhead();
    await prune({ days: 1, bytes: null }).finally(() => jest.useRealTimers());
    expect((await client.get(`/v1/runs/${ended.id}/events`)).status).toBe(200);
  });

  it('tells what went, and what is left', async () => {
    const ended = await cancelled();
    const usage = () => client.get<ProjectUsage>(`/v1/projects/${ended.projectId}/usage`);
    const before = (await usage()).body;
    expect(before).toMatchObject({ pruned: [], storage: { events: { limit: unlimited }, output: { bytes: 0 } } });
    expect(before.budget).toEqual({
      limits: {},
      used: { costUsd: 0, costIsPartial: false, tokens: 0, seconds: 0, attempts: 0 },
    });
    await prune();
    const { bytes } = before.storage.events;
    expect(bytes).toBeGreaterThan(0);
    expect((await usage()).body).toMatchObject({
      storage: { events: { bytes: 0 } },
      pruned: [{ runId: ended.id, kind: 'events', reason: 'age', bytes }],
    });
    expect((await (await under.client()).get(`/v1/projects/${ended.projectId}/usage`)).status).toBe(404);
  });
});
