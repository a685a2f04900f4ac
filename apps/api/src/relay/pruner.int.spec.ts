import type { ProjectUsage, Run } from '@lockstep/contracts';
import { cancelRun, rowBlobs } from '@lockstep/database';
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

const unlimited = { days: null, bytes: null };

/** What a look comes to when the installation keeps nothing of ended runs. */
const prune = (): Promise<void> => {
  const nothing = { days: 0, bytes: null };
  const limits = { workspaces: unlimited, output: nothing, snapshots: nothing, events: nothing };
  return new Pruner({
    database: under.test.database,
    blobs: rowBlobs,
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
