import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnRedis } from '@lockstep/testing';
import { Redis } from 'ioredis';
import { freePort } from './free-port';

export { hasRedis } from '@lockstep/testing';

/** A Redis of the harness's own without persistence: when it is killed, everything in it is gone. */
export interface BreakableRedis {
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** It takes connections and commands, and answers none. */
  hang(): void;
  unhang(): void;
  command(name: string, ...values: readonly string[]): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startBreakableRedis(policy = 'noeviction'): Promise<BreakableRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-chaos-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let own: Redis | undefined;
  const client = (): Redis =>
    (own ??= new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null }).on('error', () => undefined));
  const start = async (): Promise<void> => {
    if (child) return;
    child = spawnRedis({ port, dir: folder, policy });
    child.stdout?.resume();
    await client().ping();
  };
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (!running) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    url,
    kill,
    start,
    hang: () => void child?.kill('SIGSTOP'),
    unhang: () => void child?.kill('SIGCONT'),
    command: (name, ...values) => client().call(name, ...values),
    stop: async () => {
      own?.disconnect();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
