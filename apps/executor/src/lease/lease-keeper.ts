import { isFault } from '@lockstep/contracts';
import { renewLease, type Database, type Lease } from '@lockstep/database';
import type { Logger } from '@lockstep/runtime';
import type { RunControl } from './run-control';

export interface LeaseTimes {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}

/**
 * Keeps a lease alive while its run is driven, and tells the run's control what the heartbeat brings: a lost lease, a person's request.
 * When Postgres cannot be asked for as long as the lease lasts, the lease counts as lost: by then another executor may hold it.
 */
export class LeaseKeeper {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private confirmedAt = performance.now();

  constructor(
    private readonly db: Database,
    private readonly lease: Lease,
    private readonly times: LeaseTimes,
    private readonly control: RunControl,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.confirmedAt = performance.now();
    this.schedule();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (!this.stopped) this.timer = setTimeout(() => void this.beat(), this.times.heartbeatMs);
  }

  private async beat(): Promise<void> {
    const askedAt = performance.now();
    try {
      const { request, requestedBy } = await this.withinLease(renewLease(this.db, this.lease, this.times.leaseMs));
      this.confirmedAt = askedAt;
      if (request !== null && !this.stopped) this.control.interrupt(request, requestedBy);
    } catch (error) {
      if (this.stopped) return;
      const late = performance.now() - this.confirmedAt >= this.times.leaseMs;
      if (isFault(error, 'lease_lost') || late) return this.lose();
      this.logger.warn({ err: error }, 'the lease could not be renewed; it is tried again');
    }
    this.schedule();
  }

  /** A server that hangs must not hide that the lease has run out. */
  private withinLease<T>(work: Promise<T>): Promise<T> {
    const left = Math.max(1, this.confirmedAt + this.times.leaseMs - performance.now());
    let timer: NodeJS.Timeout;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('Postgres did not answer within the lease')), left);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  private lose(): void {
    this.logger.warn({ runId: this.lease.runId }, 'the lease is lost; the agent is ended');
    this.stopped = true;
    this.control.interrupt('lease_lost');
  }
}
