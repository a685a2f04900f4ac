import { randomUUID } from 'node:crypto';
import { createLogger } from '@lockstep/runtime';
import { createBackplane } from '../create-backplane';
import { hasRedis, startRedis, type RedisServer } from '../testing/redis-server';
import { timed, until } from '../testing/until';

const unused = 'postgresql://127.0.0.1:1/unused';

(hasRedis() ? describe : describe.skip)('a Redis', () => {
  const servers: RedisServer[] = [];
  const open = async (policy?: string) => {
    const server = await startRedis(policy);
    servers.push(server);
    return server;
  };
  afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.stop()))));

  it('that drops keys when it is full is refused', async () => {
    const { url } = await open('allkeys-lru');
    const backplane = createBackplane({ redisUrl: url, databaseUrl: unused });
    await expect(backplane.start()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('allkeys-lru'),
    });
    await backplane.stop();
  });

  it('that drops keys is taken when that is accepted, with a warning', async () => {
    const { url } = await open('allkeys-lru');
    const lines: string[] = [];
    const logger = createLogger({ service: 'spec', destination: { write: (line) => void lines.push(line) } });
    const backplane = createBackplane({ redisUrl: url, databaseUrl: unused, allowEvictingRedis: true, logger });
    await backplane.start();
    await backplane.stop();
    expect(lines.join('')).toMatch(/allkeys-lru[\s\S]*append-only/);
  });

  it('that is full refuses rings in time, and the worker rests instead of raving', async () => {
    const server = await open();
    const backplane = createBackplane({
      redisUrl: server.url,
      databaseUrl: unused,
      times: { commandMs: 500, watchMs: 200, stuckMs: 1_000 },
    });
    await backplane.start();
    let handled = 0;
    const count = async () => void (handled += 1);
    backplane.consumer().consume({ 'stage.implementation': count, 'stage.delivery': count }, { concurrency: 1 });
    const ring = () => backplane.producer.ring('stage.delivery', { runId: randomUUID() }, { id: randomUUID() });
    await ring();
    await until('a job is handled', () => handled === 1);
    await server.client().config('SET', 'maxmemory', '1');
    const full = await timed(ring());
    expect([full.code, full.ms < 750]).toEqual(['queue_unavailable', true]);
    await server.client().config('SET', 'maxmemory', '0');
    await ring();
    await until('the next is handled', () => handled === 2);
    await backplane.stop();
  });
});
