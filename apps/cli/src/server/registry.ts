import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A dev server of this machine, as it announces itself to the commands that are started beside it. */
export interface DevServerEntry {
  readonly pid: number;
  readonly url: string;
  readonly feedUrl: string;
  readonly token: string;
  readonly dataDir: string;
  /** ISO time. */
  readonly startedAt: string;
  /** Folders that are its alone, and go when it goes. */
  readonly temporary: readonly string[];
}

/** Each server has a file of its own, so that the latest that lives is found whichever of several has ended. */
export const registryFolder = (home = homedir()): string => join(home, '.lockstep', 'servers');

export function announce(entry: DevServerEntry, folder = registryFolder()): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // It holds a token: nobody else reads it.
  writeFileSync(fileOf(entry.pid, folder), JSON.stringify(entry), { mode: 0o600 });
}

export const withdraw = (pid: number, folder = registryFolder()): void => rmSync(fileOf(pid, folder), { force: true });

/** The servers that live, the latest first. */
export function livingServers(folder = registryFolder()): DevServerEntry[] {
  return readEntries(folder)
    .filter(({ pid }) => isAlive(pid))
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

/** Removes what servers left that were killed. */
export function sweep(folder = registryFolder()): void {
  for (const { pid, temporary } of readEntries(folder)) {
    if (isAlive(pid)) continue;
    temporary.forEach((path) => rmSync(path, { recursive: true, force: true }));
    withdraw(pid, folder);
  }
}

const fileOf = (pid: number, folder: string): string => join(folder, `${pid}.json`);

function readEntries(folder: string): DevServerEntry[] {
  return namesIn(folder).flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as DevServerEntry];
    } catch {
      return []; // being written, or gone since
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    return [];
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
