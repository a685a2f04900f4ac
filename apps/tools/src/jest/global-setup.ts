import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { migrate } from '@lockstep/database';
import { startEmbeddedPostgres } from '@lockstep/database/embedded';

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
  if (spawnSync('redis-server', ['--version']).status !== 0) return null;
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxmemory-policy',
    'noeviction',
  ];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code} before it was ready`)));
    child.stdout.on('data', (text: Buffer) => text.includes('Ready to accept connections') && resolve());
  });
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
