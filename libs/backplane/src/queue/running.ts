import { delay } from '@lockstep/runtime';
import type { JobAbortReason } from '../ports';
import type { JobWorker } from './driver';

interface RunningJob {
  readonly jobId: string;
  readonly worker: JobWorker;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** The handlers that are running. One job may be here twice: its lock was lost, and it came again while the first still runs. */
export class RunningJobs {
  private readonly entries = new Set<RunningJob>();

  get size(): number {
    return this.entries.size;
  }

  countOf(worker: JobWorker): number {
    return [...this.entries].filter((entry) => entry.worker === worker).length;
  }

  /** A job that comes again while it is being handled here has lost its first lock; BullMQ itself reports only the newest one of a job. */
  async run(jobId: string, worker: JobWorker, handle: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.abort('lock_lost', (earlier) => earlier.jobId === jobId);
    const abort = new AbortController();
    const done = handle(abort.signal);
    const entry = { jobId, worker, abort, done };
    this.entries.add(entry);
    try {
      await done;
    } finally {
      this.entries.delete(entry);
    }
  }

  abort(
    reason: JobAbortReason,
    of: (entry: { readonly jobId: string; readonly worker: JobWorker }) => boolean = () => true,
  ): void {
    [...this.entries].filter(of).forEach((entry) => entry.abort.abort(reason));
  }

  /** Waits for the handlers, at most so long or until `hurry` aborts. */
  async settle(limitMs: number, hurry?: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const giveUp = () => enough.abort();
    hurry?.addEventListener('abort', giveUp, { once: true });
    if (hurry?.aborted) giveUp();
    const all = Promise.allSettled([...this.entries].map((entry) => entry.done)).then(giveUp);
    await Promise.race([all, delay(limitMs, enough.signal)]);
    giveUp();
    hurry?.removeEventListener('abort', giveUp);
  }
}
