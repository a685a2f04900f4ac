import type { Backplane } from '@lockstep/backplane';
import { Fault } from '@lockstep/contracts';
import { delay, type Logger, type Service } from '@lockstep/runtime';

/** How long the start waits for the queue before the API opens without it. */
const patienceMs = 1_000;

/**
 * The backplane and the relay over it, started beside the API: a queue that is down must not keep people from approving plans, since all they say goes to
 * Postgres first. A queue that refuses at once (it would lose jobs) fails the start.
 */
export class QueueLink implements Service {
  private ready = false;
  private refusal: unknown;
  private readonly stopped = new AbortController();

  constructor(
    readonly backplane: Backplane,
    private readonly relay: Service,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    const opening = this.open();
    const timer = new AbortController();
    const soon = await Promise.race([opening, delay(patienceMs, timer.signal)]).finally(() => timer.abort());
    if (soon === true && !this.ready) {
      this.logger.warn('the queue does not answer; the API opens without it');
      opening.catch((err: unknown) => this.refused(err));
    }
  }

  async stop(hurry?: AbortSignal): Promise<void> {
    this.stopped.abort();
    await this.relay.stop(hurry);
    await this.backplane.stop(hurry);
  }

  get nudges(): Backplane['nudges'] | undefined {
    return this.ready ? this.backplane.nudges : undefined;
  }

  async check(): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
    if (!this.ready) throw new Fault('queue_unavailable', 'The queue has not answered since the start.');
    await this.backplane.checks.queue();
  }

  /** Whether no job waits. Rejects while the queue has not answered yet. */
  async isEmpty(): Promise<boolean> {
    await this.check();
    return (await this.backplane.admin.counts()).waiting === 0;
  }

  private async open(): Promise<void> {
    await this.backplane.start();
    if (this.stopped.signal.aborted) return;
    this.ready = true;
    await this.relay.start();
  }

  private refused(error: unknown): void {
    if (this.stopped.signal.aborted) return;
    this.refusal = error;
    this.logger.fatal({ err: error }, 'the queue may not be used; what is approved waits until this is mended');
  }
}
