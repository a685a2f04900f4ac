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
 * @throws Fault config_invalid when none is free, or none can be written to
 */
export async function claimRoot(root: string, executorId: string, times = usualTimes): Promise<RootClaim> {
  const own = JSON.stringify({ executorId, place: place(), pid: process.pid, started: startOf(process.pid) ?? '' });
  for (let number = 1; number <= mostExecutors; number++) {
    const folder = number === 1 ? root : join(root, `executor-${number}`);
    const isOurs = await claim(folder, own, times).catch((error: unknown) => refuse(folder, error));
    if (isOurs) return hold(folder, own, times);
  }
  throw new Fault(
    'config_invalid',
    `WORKSPACE_ROOT=${root} is in use by ${mostExecutors} executors already. Give this one another folder.`,
  );
}

function refuse(folder: string, error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  throw new Fault(
    'config_invalid',
    `WORKSPACE_ROOT: ${folder} cannot be written to (${why}). Let this user write there, or name another folder.`,
    [],
    { cause: error },
  );
}

/** False while somebody lives who has it. */
async function claim(folder: string, own: string, times: ClaimTimes): Promise<boolean> {
  const file = lockIn(folder);
  await mkdir(folder, { recursive: true });
  for (let tries = 0; tries <= mostTries; tries++) {
    if (await create(file, own)) return true;
    const seen = await signOf(file);
    if (seen === undefined) continue;
    if (await isAlive(file, seen, times)) return false;
    if (await takeOver(file, own, { seen, times })) return true;
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

/** Which file it is, and when it was touched last; undefined when there is none. One that is made anew has another sign. */
async function signOf(file: string): Promise<string | undefined> {
  const status = await stat(file, { bigint: true }).catch(() => undefined);
  return status && `${status.ino}-${status.mtimeNs}`;
}

/** Here the process tells; from elsewhere only the file does, which a living holder touches. No two clocks are compared. */
async function isAlive(file: string, seen: string | undefined, { watchMs }: ClaimTimes): Promise<boolean> {
  const holder = await holderOf(file);
  if (holder?.place === place()) {
    const started = startOf(holder.pid);
    return started !== undefined && started === holder.started;
  }
  await delay(watchMs);
  return (await signOf(file)) !== seen;
}

/**
 * Puts our lock in the place of a dead holder's. Of several that start at once and find the same holder dead, one gets the ticket for that
 * very lock; whoever is late finds the lock changed. False: it was taken over by somebody else, or is just being so.
 */
async function takeOver(
  file: string,
  own: string,
  { seen, times }: { readonly seen: string; readonly times: ClaimTimes },
): Promise<boolean> {
  const ticket = `${file}.${seen}`;
  if (!(await create(ticket, own))) {
    if (!(await isAlive(ticket, await signOf(ticket), times))) await rm(ticket, { force: true });
    return false;
  }
  try {
    if ((await signOf(file)) !== seen) return false;
    await writeFile(`${ticket}.new`, own);
    await rename(`${ticket}.new`, file);
    return true;
  } finally {
    await rm(ticket, { force: true });
  }
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
