import { serializedInterval, skips, type Clock, type SerializedInterval, type Slots } from '@lockstep/runtime';
import { batchOf, type Item, type ItemKind } from './batch';
import { Tail } from './tail';

/** Where a stream's items come from: Postgres. */
export interface Source {
  readonly kind: ItemKind;
  /** Items after `position`, in order; a page at most. */
  read(position: number): Promise<Item[]>;
}

/** Somebody who follows a stream, at a position of his own. */
export interface Follower {
  readonly position: number;
  /** New items are there, in `batch` or, when he is further behind, in Postgres. */
  offer(batch: NonNullable<ReturnType<typeof batchOf>>): void;
  /** Gets him to the stream's head when he isn't there. */
  catchUp(): void;
  /** Tells how far he is, when that is further than what was sent. */
  bookmark(): void;
}

export interface StreamOptions {
  readonly source: Source;
  /** The position to read from: that of the first follower. */
  readonly from: number;
  readonly pollMs: number;
  readonly clock: Clock;
  /** For what those who are behind read. */
  readonly slots?: Slots;
  readonly onError: (error: unknown) => void;
}

/** Kept of each stream that somebody follows. */
const tailBytes = 1_048_576;

/**
 * One reader of one stream, whatever the number of followers: it asks Postgres on a nudge and every `pollMs`, never twice at a time,
 * and always for what follows `head`. So nudges may come late, twice, out of order or never: they decide when, not what is read.
 */
export class Stream {
  /** The position up to which everything was read. */
  head: number;
  private readonly followers = new Set<Follower>();
  private readonly tail = new Tail(tailBytes);
  private interval: SerializedInterval | undefined;
  private toldHole: number | undefined;
  private bookmarkedAt: number;

  constructor(private readonly options: StreamOptions) {
    this.head = options.from;
    this.bookmarkedAt = options.clock.monotonicMs();
  }

  start(): void {
    const { pollMs, onError } = this.options;
    this.interval ??= serializedInterval({ everyMs: pollMs, task: (signal) => this.read(signal), onError });
  }

  /** Works twice, and before `start`. */
  async stop(): Promise<void> {
    await this.interval?.stop();
  }

  /** Somebody says that the stream goes up to `seq`. */
  nudge(seq: number): void {
    // A drill shows what followers would miss if nudges said what to read, and not only when.
    if (skips('feed.gap-filling')) this.head = Math.max(this.head, seq - 1);
    if (seq > this.head) this.interval?.poke();
  }

  /** Nudges may have been missed. */
  poke(): void {
    this.interval?.poke();
  }

  add(follower: Follower): void {
    this.followers.add(follower);
    follower.catchUp();
  }

  /** Says whether anybody is left. */
  remove(follower: Follower): boolean {
    this.followers.delete(follower);
    return this.followers.size > 0;
  }

  /** What follows `position`, from memory or from Postgres. */
  async page(position: number): Promise<readonly Item[]> {
    const { source, slots } = this.options;
    const read = () => source.read(position);
    return this.tail.after(position) ?? (await (slots?.run(read) ?? read()));
  }

  private async read(signal: AbortSignal): Promise<void> {
    for (let more = true; more && !signal.aborted;) {
      const items = this.inOrder(await this.options.source.read(this.head));
      more = items.length > 0;
      if (more && !signal.aborted) this.accept(items);
    }
    this.followers.forEach((follower) => follower.catchUp());
    this.bookmarks();
  }

  private accept(items: readonly Item[]): void {
    const batch = batchOf(this.options.source.kind, items);
    if (!batch) return;
    this.tail.push(items);
    this.head = batch.to;
    this.followers.forEach((follower) => follower.offer(batch));
  }

  /**
   * The part that follows `head` without a hole. Events have one where they were removed: it is stepped over, and whoever stands before
   * it finds that out when he catches up. Output may have one that stays: it is waited for once.
   */
  private inOrder(items: readonly Item[]): readonly Item[] {
    const dense = denseFrom(items, this.head);
    if (dense.length > 0 || items.length === 0) return dense;
    if (this.options.source.kind === 'event' || this.toldHole === this.head) return denseFrom(items, items[0]!.start);
    this.toldHole = this.head;
    return dense;
  }

  private bookmarks(): void {
    const now = this.options.clock.monotonicMs();
    if (now - this.bookmarkedAt < this.options.pollMs) return;
    this.bookmarkedAt = now;
    this.followers.forEach((follower) => follower.bookmark());
  }
}

/** The items that follow `position` one after the other; those before it and those behind a hole are left out. */
export function denseFrom(items: readonly Item[], position: number): readonly Item[] {
  const dense: Item[] = [];
  let next = position;
  for (const item of items) {
    if (item.start > next) break;
    if (item.start < next) continue;
    dense.push(item);
    next = item.end;
  }
  return dense;
}
