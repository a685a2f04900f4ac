import { execaSync } from 'execa';
import { readdirSync, readFileSync } from 'node:fs';

/** One process as the system sees it now. */
export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  /** One letter: R, S, D, T, Z … A zombie (Z) has ended; only its parent hasn't noticed yet. */
  readonly state: string;
}

/** The environment variable that carries a process's marker: every descendant that keeps its environment is recognised by it. */
export const markerVariable = 'LOCKSTEP_PROCESS_MARKER';

const hasProc = process.platform === 'linux';

const readOr = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

const pidsInProc = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);

/** How many processes there are on the machine; infinite where counting them means looking at each. */
export const processCount = (): number => (hasProc ? pidsInProc().length : Infinity);

/** `stat` is `pid (name) state ppid …`; a name may hold blanks and parentheses, so the fields begin after the last one. */
export const parseStat = (pid: number, stat: string): ProcessRow | undefined => {
  const close = stat.lastIndexOf(')');
  if (close < 0) return undefined;
  const [state = '', ppid = ''] = stat.slice(close + 2).split(' ', 2);
  return { pid, ppid: Number(ppid), state };
};

/** `ps -A -o pid=,ppid=,state=`, one process a line. */
export const parsePs = (text: string): ProcessRow[] =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 3)
    .map(([pid, ppid, state = '']) => ({ pid: Number(pid), ppid: Number(ppid), state: state.charAt(0) }));

/** All processes that this one can see. Not a snapshot: a process that forks meanwhile may be missed, so callers look again. */
export const processTable = (): ProcessRow[] =>
  hasProc
    ? pidsInProc().flatMap((pid) => parseStat(pid, readOr(`/proc/${pid}/stat`)) ?? [])
    : parsePs(execaSync('ps', ['-A', '-o', 'pid=,ppid=,state=']).stdout);

/** The root and its descendants in the given table, zombies left out, parents before their children. */
export const treeOf = (root: number, table: readonly ProcessRow[]): ProcessRow[] => {
  const byParent = new Map<number, ProcessRow[]>();
  for (const row of table) byParent.set(row.ppid, [...(byParent.get(row.ppid) ?? []), row]);
  const found = table.filter((row) => row.pid === root);
  for (let index = 0; index < found.length; index += 1) found.push(...(byParent.get(found[index]!.pid) ?? []));
  return found.filter((row) => row.state !== 'Z');
};

/** Pids of the live process `root` and of its live descendants; empty when nothing is left of it. */
export const listTree = (root: number): number[] => treeOf(root, processTable()).map((row) => row.pid);

export const isRunning = (pid: number): boolean => processTable().some((row) => row.pid === pid && row.state !== 'Z');

/** Pids whose environment holds the marker: also those that left the tree and the session. Linux only, own processes only. */
export const listMarked = (marker: string): number[] => {
  if (!hasProc) return [];
  const wanted = `\0${markerVariable}=${marker}\0`;
  return processTable()
    .filter((row) => row.state !== 'Z' && `\0${readOr(`/proc/${row.pid}/environ`)}`.includes(wanted))
    .map((row) => row.pid);
};

/** The pid that a process has in the innermost PID namespace it lives in; undefined where the system doesn't tell. */
export const innerPid = (pid: number): number | undefined => {
  const line = /^NSpid:(.*)$/m.exec(readOr(`/proc/${pid}/status`))?.[1];
  return line === undefined ? undefined : Number(line.trim().split(/\s+/).at(-1));
};

/** Sends a signal; false when the process is gone (or isn't ours). */
export const sendSignal = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};
