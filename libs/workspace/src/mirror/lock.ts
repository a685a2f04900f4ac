import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@lockstep/contracts';

const touchMs = 2_000;
const staleMs = 15_000;
const pollMs = 20;

const tryTake = async (file: string): Promise<boolean> => {
  try {
    await (await open(file, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const dropWhenStale = async (file: string): Promise<void> => {
  const seen = await stat(file).catch(() => undefined);
  // A time to come is of a clock that has been put back since: nobody may wait for that to pass.
  if (seen === undefined || Math.abs(Date.now() - seen.mtimeMs) < staleMs) return;
  const aside = `${file}.stale.${process.pid}.${process.hrtime.bigint()}`;
  await rename(file, aside).catch(() => undefined);
  await rm(aside, { force: true });
};

const take = async (file: string, waitMs: number): Promise<void> => {
  const until = performance.now() + waitMs;
  while (!(await tryTake(file))) {
    if (performance.now() > until)
      throw new Fault('repository_unreachable', `Another fetch has held ${file} for too long. Try again.`);
    await dropWhenStale(file);
    await delay(pollMs);
  }
};

/**
 * Runs `work` while holding a lock file that its holder touches. It saves fetches that would only collide, also between
 * processes and containers; it is a courtesy, since git's own ref locks keep two fetches correct.
 */
export const withLock = async <T>(file: string, waitMs: number, work: () => Promise<T>): Promise<T> => {
  await mkdir(dirname(file), { recursive: true });
  await take(file, waitMs);
  const touch = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), touchMs);
  touch.unref();
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(file, { force: true });
  }
};
