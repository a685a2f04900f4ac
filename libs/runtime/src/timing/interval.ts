import { delay } from './delay';

export interface SerializedIntervalOptions {
  readonly everyMs: number;
  /** The first run comes after one pause, too. */
  readonly pauseFirst?: boolean;
  /** Gets a signal that aborts on stop. */
  readonly task: (signal: AbortSignal) => Promise<unknown>;
  /** Hears what the task threw; the interval goes on. */
  readonly onError: (error: unknown) => void;
}

export interface SerializedInterval {
  /** Runs the task now, or once more right after the run that is under way. Any number of pokes make one run. */
  poke(): void;
  /** Resolves when the run under way has ended. Works twice. */
  stop(): Promise<void>;
}

/** Runs a task at once (unless it is to pause first) and then again and again, never two at a time: `everyMs` is the pause between the end of one and the start of the next. */
export function serializedInterval({
  everyMs,
  pauseFirst = false,
  task,
  onError,
}: SerializedIntervalOptions): SerializedInterval {
  const stopped = new AbortController();
  let wake = new AbortController();
  const loop = async () => {
    if (pauseFirst) await delay(everyMs, wake.signal);
    while (!stopped.signal.aborted) {
      wake = new AbortController();
      await task(stopped.signal).catch(onError);
      if (!stopped.signal.aborted) await delay(everyMs, wake.signal);
    }
  };
  const running = Promise.resolve().then(loop);
  return {
    poke: () => wake.abort(),
    stop: () => {
      stopped.abort();
      wake.abort();
      return running;
    },
  };
}
