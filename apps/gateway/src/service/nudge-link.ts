import type { Backplane, NudgeListener } from '@lockstep/backplane';
import { isFault } from '@lockstep/contracts';
import { delay, type Logger, type Service } from '@lockstep/runtime';

/** How long a stop waits for a start. */
const settleMs = 1_000;
/** How long the gateway's own start waits for it, so that a backplane which must not be used keeps the gateway from starting. */
const patienceMs = 1_000;

/**
 * Nudges, where there are any. The gateway opens and works without them, by polling: what is followed before the backplane has started
 * is followed on it as soon as it has.
 */
export class NudgeLink implements Service {
  private readonly waiting = new Set<() => void>();
  private starting: Promise<void> | undefined;
  private ready = false;
  private stopped = false;

  constructor(
    private readonly backplane: Pick<Backplane, 'start' | 'stop' | 'nudges'>,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    let refusal: unknown;
    this.starting ??= this.backplane.start().then(
      () => this.opened(),
      (err: unknown) => {
        if (isFault(err, 'config_invalid')) refusal = err;
        if (!this.stopped) this.logger.error({ err }, 'there are no nudges; the feed polls');
      },
    );
    const done = new AbortController();
    await Promise.race([this.starting, delay(patienceMs, done.signal)]);
    done.abort();
    if (refusal !== undefined) throw refusal;
  }

  /** A start that is under way has a moment to finish: it ends more surely than one that is broken off between two commands. */
  async stop(hurry?: AbortSignal): Promise<void> {
    this.stopped = true;
    this.waiting.clear();
    const done = new AbortController();
    const signal = hurry ? AbortSignal.any([hurry, done.signal]) : done.signal;
    await Promise.race([this.starting, delay(settleMs, signal)]);
    done.abort();
    await this.backplane.stop(hurry);
  }

  /** Hears a channel until the function that comes back is called. What came before is told by one `onReconnect`. */
  follow = (channel: string, listener: NudgeListener): (() => void) => {
    let ended = false;
    let unfollow: (() => void) | undefined;
    const join = async () => {
      unfollow = await this.backplane.nudges.subscribe(channel, listener);
      if (ended) unfollow();
      else listener.onReconnect?.();
    };
    const begin = () =>
      void join().catch((err: unknown) => this.logger.warn({ err, channel }, 'a channel is not heard; it is polled'));
    if (this.ready) begin();
    else this.waiting.add(begin);
    return () => {
      ended = true;
      this.waiting.delete(begin);
      unfollow?.();
    };
  };

  private opened(): void {
    if (this.stopped) return;
    this.ready = true;
    this.waiting.forEach((begin) => begin());
    this.waiting.clear();
  }
}
