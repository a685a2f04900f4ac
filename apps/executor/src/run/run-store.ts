import type { NewEvent } from '@lockstep/contracts';
import {
  appendOutput,
  appendUnderLease,
  outputEnd,
  writeUnderLease,
  type BlobRef,
  type BlobStore,
  type Database,
  type Lease,
  type Transaction,
} from '@lockstep/database';
import type { Nudges } from '@lockstep/backplane';
import { failpoint } from '@lockstep/runtime';

export interface Writing {
  /** Names a failpoint between the commit and the nudge. */
  readonly window?: string;
  /** Sends what is large ahead of the lock, as `writeUnderLease` says. */
  readonly before?: (tx: Transaction) => Promise<void>;
}

/** Everything that the holder of a lease writes about its run, with a nudge after each commit. */
export class RunStore {
  private offset: number | undefined;

  constructor(
    readonly db: Database,
    readonly lease: Lease,
    private readonly nudges: Nudges,
    readonly blobs: BlobStore,
  ) {}

  get runId(): string {
    return this.lease.runId;
  }

  /** One transaction under the lease. @throws Fault lease_lost */
  async write<T>(work: (tx: Transaction) => Promise<T>, { window, before }: Writing = {}): Promise<T> {
    const seen: Seen = { seq: 0, rings: false, dropped: [] };
    const ahead = async (tx: Transaction): Promise<void> => before?.(watched(tx, seen));
    const result = await writeUnderLease(this.db, this.lease, (tx) => work(watched(tx, seen)), ahead);
    if (window !== undefined) await failpoint(window);
    if (seen.seq > 0) this.nudge(seen.seq);
    if (seen.rings) this.nudges.publish({ channel: 'outbox', seq: 0 });
    // What cannot be removed now goes with the run.
    if (seen.dropped.length > 0) await this.blobs.drop(this.runId, seen.dropped).catch(() => undefined);
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

/** What follows from a transaction once it is committed. */
interface Seen {
  /** The highest that it gave out. */
  seq: number;
  /** It put a bell into the outbox: the relay rings it at once. */
  rings: boolean;
  /** Bytes outside of Postgres whose rows it removed, by name. */
  readonly dropped: string[];
}

const dropping: readonly string[] = ['drop-old-wip', 'drop-transcript'];

function watched(tx: Transaction, seen: Seen): Transaction {
  return {
    query: async (name, values) => {
      const rows = await tx.query(name, values);
      if (name === 'append-run-events') seen.seq = Math.max(seen.seq, ...rows.map((row) => Number(row['seq'])));
      if (name === 'ring') seen.rings = true;
      if (dropping.includes(name)) seen.dropped.push(...rows.flatMap(({ ref }) => (ref as BlobRef | null)?.name ?? []));
      return rows as never;
    },
  };
}
