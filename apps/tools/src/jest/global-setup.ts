import { createServer } from 'node:net';
import { migrate } from '@lockstep/database';
import { startEmbeddedPostgres } from '@lockstep/database/embedded';
import { hasRedis, redisReady, spawnRedis } from '@lockstep/testing';

/** What the whole test run shares: one Postgres with a migrated template, and one Redis where the machine has a server. */
export interface SharedServices {
  readonly stopPostgres: () => Promise<void>;
  readonly stopRedis: (() => Promise<void>) | null;
}

declare global {
  var lockstepTestServices: SharedServices | undefined;
}

export default async function globalSetup(): Promise<void> {
  const [postgres, redis] = await Promise.all([startEmbeddedPostgres({ maxConnections: 400 }), startRedis()]);
  await migrate(await postgres.createDatabase('lockstep_template'));
  process.env['LOCKSTEP_TEST_DATABASE_URL'] = postgres.url;
  if (redis) process.env['LOCKSTEP_TEST_REDIS_URL'] = redis.url;
  globalThis.lockstepTestServices = { stopPostgres: () => postgres.stop(), stopRedis: redis?.stop ?? null };
}

async function startRedis(): Promise<{ url: string; stop: () => Promise<void> } | null> {
  if (!hasRedis()) return null;
  const port = await freePort();
  const child = spawnRedis({ port });
  await redisReady(child);
  const stop = (): Promise<void> =>
    new Promise((resolve) => (child.once('exit', () => resolve()), child.kill('SIGTERM')));
  return { url: `redis://127.0.0.1:${port}`, stop };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
