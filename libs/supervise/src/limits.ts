import type { EndCause } from './ending';
import type { ProcessLimits } from './spec';

/** Node's timers overflow beyond this; such a limit is none. */
const longestTimerMs = 2 ** 31 - 1;
const watchMs = 250;

const timer = (act: () => void, ms: number | undefined): NodeJS.Timeout | undefined =>
  ms === undefined || ms > longestTimerMs ? undefined : setTimeout(act, ms);

export interface LimitActions {
  end(cause: EndCause): void;
  /** Whether more than `most` processes of the tree are alive. */
  exceeds(most: number): boolean;
}

/** Wall, idle and process-count limits of one process; each calls `end` once at most. */
export class Limits {
  private readonly wall: NodeJS.Timeout | undefined;
  private readonly watch: NodeJS.Timeout | undefined;
  private readonly idle: NodeJS.Timeout | undefined;

  constructor(limits: ProcessLimits, actions: LimitActions) {
    this.wall = timer(() => actions.end({ kind: 'timed_out', limit: 'wall' }), limits.wallMs);
    this.idle = timer(() => actions.end({ kind: 'timed_out', limit: 'idle' }), limits.idleMs);
    const most = limits.processes;
    if (most !== undefined)
      this.watch = setInterval(() => {
        if (actions.exceeds(most)) actions.end({ kind: 'process_limit' });
      }, watchMs);
  }

  /** Output came or was taken: the idle limit begins anew. */
  heard(): void {
    this.idle?.refresh();
  }

  stop(): void {
    [this.wall, this.idle, this.watch].forEach((each) => clearTimeout(each));
  }
}
