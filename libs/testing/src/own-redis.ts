import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port';
import { redisReady, spawnRedis, type RedisSettings } from './redis-process';

/** A Redis of the caller's own, at one address for as long as it is used. It keeps nothing: when it is killed, everything in it is gone. */
export interface OwnRedis {
  readonly url: string;
  /** Resolves when it takes connections; at once where it does already. */
  start(): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  kill(): Promise<void>;
  /** Ends it for good, with its folder. */
  stop(): Promise<void>;
}

/** Not started yet. */
export async function ownRedis(settings: Omit<RedisSettings, 'port' | 'dir'> = {}): Promise<OwnRedis> {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    if (child) return;
    child = spawnRedis({ ...settings, port, dir });
    await redisReady(child);
  };
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (!running) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  };
  const stop = async (): Promise<void> => {
    await kill();
    rmSync(dir, { recursive: true, force: true });
  };
  return { url: `redis://127.0.0.1:${port}`, start, kill, stop, signal: (signal) => void child?.kill(signal) };
}
