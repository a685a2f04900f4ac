import type { NewEvent } from '@lockstep/contracts';
import {
  appendOutput,
  appendUnderLease,
  outputEnd,
  writeUnderLease,
  type Database,
  type Lease,
  type Transaction,
} from '@lockstep/database';
import type { Nudges } from '@lockstep/backplane';
import { failpoint } from '@lockstep/runtime';

/** Everything that the holder of a lease writes about its run, with a nudge after each commit. */
export class RunStore {
  private offset: number | undefined;

  constructor(
    readonly db: Database,
    readonly lease: Lease,
    private readonly nudges: Nudges,
  ) {}

  get runId(): string {
    return this.lease.runId;
  }

  /** One transaction under the lease. `window` names a failpoint between its commit and its nudge. @throws Fault lease_lost */
  async write<T>(work: (tx: Transaction) => Promise<T>, window?: string): Promise<T> {
    const seen = { seq: 0, rings: false };
    const result = await writeUnderLease(this.db, this.lease, (tx) => work(watched(tx, seen)));
    if (window !== undefined) await failpoint(window);
    if (seen.seq > 0) this.nudge(seen.seq);
    if (seen.rings) this.nudges.publish({ channel: 'outbox', seq: 0 });
    return result;
  }

  /** Facts on their own, in one statement. @throws Fault lease_lost */
  async record(...events: readonly NewEvent[]): Promise<void> {
    const seq = await appendUnderLease(this.db, this.lease, events);
    if (seq > 0) this.nudge(seq);
  }

  /** Appends to the run's output. A late holder's chunk goes nowhere. */
  async output(stream: string, text: string): Promise<void> {
    this.offset ??= await outputEnd(this.db, this.runId);
    this.offset = await appendOutput(this.db, this.lease, { offset: this.offset, stream, text });
    this.nudges.publish({ channel: `run:${this.runId}:output`, seq: this.offset });
  }

  /** Tells that the stream has events up to `seq`. */
  announce(seq: number): void {
    this.nudge(seq);
  }

  private nudge(seq: number): void {
    this.nudges.publish({ channel: `run:${this.runId}`, seq });
  }
}

/** Notes the highest `seq` that a transaction gave out, and whether it put a bell into the outbox: the relay rings it at once. */
function watched(tx: Transaction, seen: { seq: number; rings: boolean }): Transaction {
  return {
    query: async (name, values) => {
      const rows = await tx.query(name, values);
      if (name === 'append-run-events') seen.seq = Math.max(seen.seq, ...rows.map((row) => Number(row['seq'])));
      if (name === 'ring') seen.rings = true;
      return rows as never;
    },
  };
}
