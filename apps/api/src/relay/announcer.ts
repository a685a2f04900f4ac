import type { Backplane } from '@lockstep/backplane';
import type { Database } from '@lockstep/database';
import type { Logger } from '@lockstep/runtime';
import type { OutboxRelay } from './outbox-relay';

export interface AnnouncerOptions {
  readonly database: Database;
  readonly nudges: () => Backplane['nudges'] | undefined;
  readonly relay: OutboxRelay;
  readonly logger: Logger;
}

/** Tells the world after a commit: rings what was put into the outbox, and nudges those who follow the stream. Best effort. */
export class Announcer {
  constructor(private readonly options: AnnouncerOptions) {}

  /** A run's state or events have changed. */
  run(runId: string): void {
    this.options.relay.poke();
    this.nudge(`run:${runId}`, () =>
      this.options.database.prisma.run.findUnique({ where: { id: runId }, select: { eventSeq: true } }),
    );
  }

  /** A plan's state or events have changed. */
  plan(planId: string): void {
    this.options.relay.poke();
    this.nudge(`plan:${planId}`, () =>
      this.options.database.prisma.plan.findUnique({ where: { id: planId }, select: { eventSeq: true } }),
    );
  }

  private nudge(channel: string, read: () => Promise<{ eventSeq: number } | null>): void {
    const nudges = this.options.nudges();
    if (!nudges) return;
    read().then(
      (row) => row && nudges.publish({ channel, seq: row.eventSeq }),
      (err: unknown) => this.options.logger.debug({ err, channel }, 'a nudge was not sent'),
    );
  }
}
