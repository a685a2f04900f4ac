import { readlinkSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@lockstep/contracts';
import { delay } from '@lockstep/runtime';

/** A folder that is this executor's alone. */
export interface RootClaim {
  readonly root: string;
  /** May be called twice. */
  release(): Promise<void>;
}

export interface ClaimTimes {
  /** How often the holder shows that it lives, in milliseconds. */
  readonly touchMs: number;
  /** How long a holder on another machine or in another container is watched for that. */
  readonly watchMs: number;
}

interface Holder {
  readonly executorId: string;
  /** The machine and the PID namespace that `pid` belongs to. */
  readonly place: string;
  readonly pid: number;
  /** When the process started, as the kernel counts; a pid alone may be somebody else's by now. */
  readonly started: string;
}

const usualTimes: ClaimTimes = { touchMs: 2_000, watchMs: 6_000 };
const mostTries = 3;
const mostExecutors = 64;

/**
 * Two executors in one folder would take each other's workspaces for their own. The first of a machine has `WORKSPACE_ROOT` itself,
 * each further one the first free folder `executor-2`, `executor-3`, … in it. What a killed one left is taken over at once.
 * @throws Fault config_invalid when none is free
 */
export async function claimRoot(root: string, executorId: string, times = usualTimes): Promise<RootClaim> {
  const own = JSON.stringify({ executorId, place: place(), pid: process.pid, started: startOf(process.pid) ?? '' });
  for (let number = 1; number <= mostExecutors; number++) {
    const folder = number === 1 ? root : join(root, `executor-${number}`);
    if (await claim(folder, own, times)) return hold(folder, own, times);
  }
  throw new Fault(
    'config_invalid',
    `WORKSPACE_ROOT=${root} is in use by ${mostExecutors} executors already. Give this one another folder.`,
  );
}

/** False while somebody lives who has it. */
async function claim(folder: string, own: string, times: ClaimTimes): Promise<boolean> {
  const file = lockIn(folder);
  await mkdir(folder, { recursive: true });
  for (let tries = 0; tries <= mostTries; tries++) {
    if (await create(file, own)) return true;
    if (await isAlive(file, await holderOf(file), times)) return false;
    await setAside(file);
  }
  return false;
}

const lockIn = (folder: string): string => join(folder, 'executor.lock');

function hold(root: string, own: string, times: ClaimTimes): RootClaim {
  const file = lockIn(root);
  const touch = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), times.touchMs);
  touch.unref();
  return {
    root,
    release: async () => {
      clearInterval(touch);
      if ((await readFile(file, 'utf8').catch(() => '')) === own) await rm(file, { force: true });
    },
  };
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined for a file that its maker did not live to write. */
async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Here the process tells; from elsewhere only the file does, which a living holder touches. No two clocks are compared. */
async function isAlive(file: string, holder: Holder | undefined, { watchMs }: ClaimTimes): Promise<boolean> {
  if (holder?.place === place()) return startOf(holder.pid) === holder.started;
  const touched = async (): Promise<number | undefined> => (await stat(file).catch(() => undefined))?.mtimeMs;
  const before = await touched();
  await delay(watchMs);
  return (await touched()) !== before;
}

async function setAside(file: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  await rename(file, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

function place(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Field 22 of `stat`, for a process that lives; undefined for one that doesn't. Where there is no /proc, whether it lives. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0) ? '' : undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
