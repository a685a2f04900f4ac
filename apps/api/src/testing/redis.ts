import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { hasRedis, redisReady, spawnRedis } from '@lockstep/testing';

export { hasRedis };

/** A Redis of the spec's own, which it may start late, stop and let hang. */
export interface OwnRedis {
  readonly url: string;
  start(): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): Promise<void>;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export async function ownRedis(policy = 'noeviction'): Promise<OwnRedis> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = (): Promise<void> => {
    child = spawnRedis({ port, policy });
    return redisReady(child);
  };
  const stop = async () => {
    const running = child;
    child = undefined;
    if (!running) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  };
  return { url: `redis://127.0.0.1:${port}`, start, stop, signal: (signal) => void child?.kill(signal) };
}
