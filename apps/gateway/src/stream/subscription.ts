import { skips } from '@lockstep/runtime';
import { batchOf, wireBytes, type Batch, type Item } from './batch';
import { denseFrom, type Follower, type Stream } from './stream';

/** The way to a client, with what waits unsent on it. */
export interface Outlet {
  /** Bytes that may be added now. */
  room(kind: Batch['kind']): number;
  write(frames: Buffer): void;
  /** Waits until nothing waits unsent; `stalled` when the client took nothing for a while, `closed` when it is gone. */
  drained(): Promise<'drained' | 'stalled' | 'closed'>;
}

export interface SubscriptionOptions {
  readonly id: string;
  readonly kind: Batch['kind'];
  /** Where the client is: what follows is sent. */
  readonly position: number;
  readonly types?: ReadonlySet<string> | undefined;
  readonly stream: Pick<Stream, 'head' | 'page'>;
  readonly outlet: Outlet;
  readonly bookmarkFrame: (position: number) => Buffer;
  /** The client doesn't read what it subscribed to. */
  readonly onSlow: () => void;
  /** Events that follow its position were removed meanwhile: it cannot go on without a gap. */
  readonly onGone: () => void;
  readonly onError: (error: unknown) => void;
}

/** A drill shows what followers would miss if they took what they are offered and asked for nothing else. */
const isGapFillingOff = (): boolean => skips('feed.gap-filling');

/**
 * A client's place in a stream. While the client keeps up, batches are passed on as they come. When it is behind — it resumed from far
 * back, or it reads slowly — it pulls page after page at its own pace, so that what waits unsent stays bounded.
 */
export class Subscription implements Follower {
  position: number;
  /** What the client knows of its position. */
  private told: number;
  private pulling = false;
  private closed = false;

  constructor(private readonly options: SubscriptionOptions) {
    this.position = options.position;
    this.told = options.position;
  }

  /** Nothing is sent from now on. */
  close(): void {
    this.closed = true;
  }

  offer(batch: Batch): void {
    if (this.closed || this.pulling || batch.to <= this.position) return;
    const misses = batch.from !== this.position && !isGapFillingOff();
    if (misses || batch.bytes > this.options.outlet.room(batch.kind)) return this.catchUp();
    this.pass(batch);
  }

  catchUp(): void {
    if (this.closed || this.pulling || this.position >= this.options.stream.head || isGapFillingOff()) return;
    this.pulling = true;
    this.pull().catch((error: unknown) => {
      this.pulling = false;
      this.options.onError(error);
    });
  }

  bookmark(): void {
    if (this.closed || this.told >= this.position) return;
    this.told = this.position;
    this.options.outlet.write(this.options.bookmarkFrame(this.position));
  }

  /** `pulling` falls in the same turn in which the head is found reached, so that no batch is offered in between. */
  private async pull(): Promise<void> {
    const { stream, outlet, kind, onGone } = this.options;
    let page: readonly Item[] = [];
    while (this.behind()) {
      if (outlet.room(kind) <= 0) {
        // Nothing is held for a client that may never read: what is left of the page is read again.
        page = [];
        if (!(await this.drained())) break;
      }
      if (page.length === 0) page = this.next(await stream.page(this.position));
      if (page.length === 0 || this.closed) {
        if (kind === 'event' && this.behind()) onGone();
        break;
      }
      page = this.passSome(page);
    }
    this.pulling = false;
  }

  private behind(): boolean {
    return !this.closed && this.position < this.options.stream.head;
  }

  /** Output that nobody takes is left out, since it can be read over HTTP; events never are: the client has to come back. */
  private async drained(): Promise<boolean> {
    const { outlet, kind, stream, onSlow } = this.options;
    const how = await outlet.drained();
    if (how !== 'stalled') return how === 'drained';
    if (kind === 'output') this.position = stream.head;
    else onSlow();
    return false;
  }

  /** The stream has gone past an output's hole, so this client may. */
  private next(items: readonly Item[]): readonly Item[] {
    const dense = denseFrom(items, this.position);
    if (dense.length > 0 || this.options.kind === 'event') return dense;
    return denseFrom(items, items[0]?.start ?? this.position);
  }

  /** Passes as many as there is room for, and one at least; returns the others. */
  private passSome(items: readonly Item[]): readonly Item[] {
    const { kind, outlet } = this.options;
    let room = outlet.room(kind);
    const rest = items.findIndex((item, index) => (room -= wireBytes(item)) < 0 && index > 0);
    const count = rest === -1 ? items.length : rest;
    const batch = batchOf(kind, items.slice(0, count));
    if (batch) this.pass(batch);
    return items.slice(count);
  }

  private pass(batch: Batch): void {
    const { id, types, outlet } = this.options;
    const wanted = types
      ? batchOf(
          batch.kind,
          batch.items.filter(({ type }) => types.has(type)),
        )
      : batch;
    this.position = batch.to;
    if (!wanted) return;
    this.told = wanted.to;
    outlet.write(wanted.frames(id));
  }
}
