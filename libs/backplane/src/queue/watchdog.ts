import type { BackplaneTimes } from '../ports';

/** `replace`: the worker sleeps while jobs wait. `rest`: it fails in a tight loop; do without it for a while. `open`: the rest is over. */
export type WatchdogAct = 'nothing' | 'replace' | 'rest' | 'open';

export interface WatchdogVerdict {
  readonly act: WatchdogAct;
  /** Faults since the last look. */
  readonly errors: number;
  readonly lastError?: Error;
}

/** More faults than this between two looks is a tight loop: a full Redis makes thousands. */
const storm = 50;
const longestRest = 16;

/** Decides, look by look, whether a worker does its work. Knows nothing of queues: it counts. */
export class Watchdog {
  private errors = 0;
  private lastError: Error | undefined;
  private started = false;
  private idleLooks = 0;
  private rest = 0;
  private nextRest = 1;

  constructor(private readonly times: Pick<BackplaneTimes, 'watchMs' | 'stuckMs'>) {}

  sawError(error: Error): void {
    this.errors += 1;
    this.lastError = error;
  }

  sawStart(): void {
    this.started = true;
    this.nextRest = 1;
  }

  look(seen: { readonly waiting: number; readonly free: number; readonly open: boolean }): WatchdogVerdict {
    const act = seen.open ? this.judge(seen.waiting, seen.free) : this.resting();
    const verdict = { act, errors: this.errors, ...(this.lastError && { lastError: this.lastError }) };
    this.errors = 0;
    this.lastError = undefined;
    this.started = false;
    return verdict;
  }

  private judge(waiting: number, free: number): WatchdogAct {
    if (this.errors > storm) {
      this.rest = this.nextRest;
      this.nextRest = Math.min(longestRest, this.nextRest * 2);
      return 'rest';
    }
    this.idleLooks = waiting > 0 && free > 0 && !this.started ? this.idleLooks + 1 : 0;
    if (this.idleLooks * this.times.watchMs < this.times.stuckMs) return 'nothing';
    this.idleLooks = 0;
    return 'replace';
  }

  private resting(): WatchdogAct {
    this.rest -= 1;
    return this.rest > 0 ? 'nothing' : 'open';
  }
}
