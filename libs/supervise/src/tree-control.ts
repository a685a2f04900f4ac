import { setTimeout as delay } from 'node:timers/promises';
import type { Isolation } from './isolation';
import { innerPid, listMarked, processCount, processTable, sendSignal, treeOf, type ProcessRow } from './process-table';

/** The namespace's init is PID 1 in there and starts the command before anything else. */
const mainInnerPid = 2;
const sweepMs = 2_000;
const passMs = 5;

/** Finds and ends the processes of one tree. In a namespace every orphan stays in the tree; elsewhere the marker finds it. */
export class TreeControl {
  private knownMain: number | undefined;

  constructor(
    private readonly outer: number,
    private readonly isolation: Isolation,
    private readonly marker: string,
  ) {}

  /** Pid of the command itself; undefined while the wrappers are still starting. */
  main(): number | undefined {
    return (this.knownMain ??= this.isolation === 'none' ? this.outer : this.findMain(processTable()));
  }

  private init(table: readonly ProcessRow[]): number | undefined {
    return this.isolation === 'none' ? undefined : table.find((row) => row.ppid === this.outer)?.pid;
  }

  private findMain(table: readonly ProcessRow[]): number | undefined {
    const init = this.init(table);
    return table.find((row) => init !== undefined && row.ppid === init && innerPid(row.pid) === mainInnerPid)?.pid;
  }

  /** Live pids, wrappers left out. */
  alive(): number[] {
    const table = processTable();
    const wrappers = this.isolation === 'none' ? [] : [this.outer, this.init(table)];
    const tree = treeOf(this.outer, table).map((row) => row.pid);
    const marked = this.isolation === 'none' ? listMarked(this.marker) : [];
    return [...new Set([...tree, ...marked])].filter((pid) => !wrappers.includes(pid));
  }

  /** Counting all processes of the machine costs little; looking at each of them is left for when there are enough to matter. */
  exceeds(most: number): boolean {
    return processCount() > most && this.alive().length > most;
  }

  others(): number[] {
    const main = this.main();
    return this.alive().filter((pid) => pid !== main);
  }

  /** Stops before it kills, so that a process that forks on its child's death doesn't outrun the sweep. */
  async endOthers(): Promise<number> {
    const ended = new Set<number>();
    const until = performance.now() + sweepMs;
    for (let others = this.others(); others.length > 0 && performance.now() < until; others = this.others()) {
      for (const signal of ['SIGSTOP', 'SIGKILL'] as const) others.forEach((pid) => sendSignal(pid, signal));
      others.forEach((pid) => ended.add(pid));
      await delay(passMs);
    }
    return ended.size;
  }

  /** SIGKILL to everything. With its init gone the kernel empties a namespace before the wrapper can end. */
  killAll(): void {
    const init = this.init(processTable());
    if (init !== undefined) sendSignal(init, 'SIGKILL');
    else [...this.alive(), this.outer].reverse().forEach((pid) => sendSignal(pid, 'SIGKILL'));
  }

  /** After the outer process ended: ends what is left where no namespace took it along. Says how many processes that were. */
  async sweep(): Promise<number> {
    if (this.isolation === 'namespace') return 0;
    const ended = await this.endOthers();
    sendSignal(-this.outer, 'SIGKILL');
    return ended;
  }
}
