import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasRedis, spawnRedis } from '@lockstep/testing';
import { Redis } from 'ioredis';

export { hasRedis };

/** A Redis of the spec's own, which it may stop, kill and empty. */
export interface RedisServer {
  readonly url: string;
  /** Commands of the spec itself; connects anew after a restart. */
  client(): Redis;
  kill(): Promise<void>;
  start(): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

export async function startRedis(policy = 'noeviction'): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let own: Redis | undefined;
  const client = () => {
    own ??= new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null, disconnectTimeout: 100 }).on(
      'error',
      () => undefined,
    );
    return own;
  };
  const start = async () => {
    child = spawnRedis({ port, dir: folder, policy });
    child.stdout?.resume();
    await client().ping();
  };
  const kill = async () => {
    const running = child;
    child = undefined;
    if (running === undefined) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  };
  const stop = async () => {
    own?.disconnect();
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  await start();
  return { url, client, kill, start, signal: (signal) => void child?.kill(signal), stop };
}
