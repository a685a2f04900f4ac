import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { batchOf, eventItem, type Item } from './batch';
import { denseFrom, Stream, type Source } from './stream';
import { Subscription, type Outlet } from './subscription';
import type { EventEnvelope } from '@lockstep/contracts';

const event = (seq: number): Item => eventItem({ seq, type: seq % 3 === 0 ? 'third' : 'other' } as EventEnvelope);

/** A stream of events whose every answer waits until the property lets it go. */
class Table implements Source {
  readonly kind = 'event';
  last = 0;
  constructor(
    private readonly gate: <T>(answer: Promise<T>) => Promise<T>,
    private readonly page: number,
  ) {}

  read(position: number): Promise<Item[]> {
    const count = Math.min(this.page, this.last - position);
    const items = Array.from({ length: Math.max(0, count) }, (_, i) => event(position + 1 + i));
    return this.gate(Promise.resolve(items));
  }
}

/** Takes frames while it has room, and is emptied when somebody waits. */
class Pipe implements Outlet {
  readonly seqs: number[] = [];
  readonly bookmarks: number[] = [];
  private waiting = 0;
  constructor(
    private readonly limit: number,
    private readonly gate: <T>(answer: Promise<T>) => Promise<T>,
  ) {}

  room(): number {
    return this.limit - this.waiting;
  }

  write(frames: Buffer): void {
    this.waiting += frames.length;
    const text = frames.toString('latin1');
    if (text.startsWith('bookmark')) this.bookmarks.push(Number(text.slice(8)));
    else this.seqs.push(...[...text.matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq)));
  }

  async drained(): Promise<'drained'> {
    await this.gate(Promise.resolve());
    this.waiting = 0;
    return 'drained';
  }
}

type Act =
  | { readonly do: 'append'; readonly count: number; readonly nudge: 'right' | 'none' | 'late' | 'wild' }
  | { readonly do: 'subscribe'; readonly back: number; readonly limit: number; readonly filtered: boolean }
  | { readonly do: 'leave' }
  | { readonly do: 'wait' };

const act = fc.oneof<fc.Arbitrary<Act>[]>(
  fc.record({
    do: fc.constant('append' as const),
    count: fc.integer({ min: 1, max: 6 }),
    nudge: fc.constantFrom('right', 'none', 'late', 'wild'),
  }),
  fc.record({
    do: fc.constant('subscribe' as const),
    back: fc.nat({ max: 12 }),
    limit: fc.constantFrom(1, 200, 100_000),
    filtered: fc.boolean(),
  }),
  fc.constant({ do: 'leave' as const }),
  fc.constant({ do: 'wait' as const }),
);

const upTo = (from: number, last: number) => Array.from({ length: last - from }, (_, i) => from + 1 + i);

describe('a stream and its followers', () => {
  it('deliver densely, in order and once, in any interleaving of appends, nudges, polls and subscriptions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(act, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 5 }),
        async (scheduler, acts, page) => {
          const gate = <T>(answer: Promise<T>) => scheduler.schedule(answer);
          const table = new Table(gate, page);
          const faults: unknown[] = [];
          const clock = { now: () => new Date(0), monotonicMs: () => 0 };
          const onError = (error: unknown) => faults.push(error);
          const stream = new Stream({ source: table, from: 0, pollMs: 1, clock, onError });
          const followed: { from: number; filtered: boolean; pipe: Pipe; subscription: Subscription; left: boolean }[] =
            [];
          stream.start();
          const perform: Record<Act['do'], (what: never) => Promise<void> | void> = {
            append: ({ count, nudge }: Extract<Act, { do: 'append' }>) => {
              const before = table.last;
              table.last += count;
              if (nudge === 'right') stream.nudge(table.last);
              if (nudge === 'late') stream.nudge(before);
              if (nudge === 'wild') [9_999, 1, table.last, table.last].forEach((seq) => stream.nudge(seq));
            },
            subscribe: ({ back, limit, filtered }: Extract<Act, { do: 'subscribe' }>) => {
              const from = Math.max(0, table.last - back);
              const pipe = new Pipe(limit, gate);
              const subscription = new Subscription({
                id: 'a',
                kind: 'event',
                position: from,
                types: filtered ? new Set(['third']) : undefined,
                stream,
                outlet: pipe,
                bookmarkFrame: (at) => Buffer.from(`bookmark${at}`),
                onSlow: () => faults.push('slow'),
                onGone: () => faults.push('gone'),
                onError,
              });
              stream.add(subscription);
              followed.push({ from, filtered, pipe, subscription, left: false });
            },
            leave: () => {
              const one = followed.find(({ left }) => !left);
              if (!one) return;
              one.left = true;
              one.subscription.close();
              stream.remove(one.subscription);
            },
            wait: async () => {
              await turn();
              if (scheduler.count() > 0) await scheduler.waitOne();
            },
          };
          for (const what of acts) await perform[what.do](what as never);
          const isDone = () => followed.every(({ left, subscription }) => left || subscription.position === table.last);
          for (let turns = 0; !isDone() && turns < 5_000; turns += 1) {
            await turn();
            if (scheduler.count() > 0) await scheduler.waitOne();
          }
          const stopped = stream.stop();
          for (let ended = false; !ended;) {
            void stopped.then(() => (ended = true));
            await turn();
            if (scheduler.count() > 0) await scheduler.waitOne();
          }
          expect(faults).toEqual([]);
          for (const { from, filtered, pipe, left, subscription } of followed) {
            const until = left ? subscription.position : table.last;
            expect(subscription.position).toBe(until);
            expect(pipe.seqs).toEqual(upTo(from, until).filter((seq) => !filtered || seq % 3 === 0));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('says how far a subscription is whose types left something out', () => {
    const pipe = new Pipe(100_000, (answer) => answer);
    const subscription = new Subscription({
      id: 'a',
      kind: 'event',
      position: 0,
      types: new Set(['third']),
      stream: { head: 0, page: () => Promise.resolve([]) },
      outlet: pipe,
      bookmarkFrame: (at) => Buffer.from(`bookmark${at}`),
      onSlow: () => undefined,
      onGone: () => undefined,
      onError: () => undefined,
    });
    subscription.offer(batchOf('event', [event(1), event(2), event(3), event(4)])!);
    subscription.bookmark();
    subscription.bookmark();
    expect([pipe.seqs, pipe.bookmarks]).toEqual([[3], [4]]);
  });

  it('tell of events that were removed before they were read', async () => {
    const kept = [event(1), event(2), event(5)];
    const source: Source = {
      kind: 'event',
      read: (position) => Promise.resolve(kept.filter(({ end }) => end > position).slice(0, 2)),
    };
    const clock = { now: () => new Date(0), monotonicMs: () => 0 };
    const stream = new Stream({ source, from: 0, pollMs: 1_000_000, clock, onError: () => undefined });
    const pipe = new Pipe(100_000, (answer) => answer);
    let gone = 0;
    stream.add(
      new Subscription({
        ...{ id: 'a', kind: 'event', position: 0, stream, outlet: pipe },
        bookmarkFrame: () => Buffer.alloc(0),
        onSlow: () => undefined,
        onGone: () => (gone += 1),
        onError: () => undefined,
      }),
    );
    stream.start();
    await turn();
    await stream.stop();
    await turn();
    expect([pipe.seqs, gone > 0]).toEqual([[1, 2], true]);
  });

  it('part from a client that does not read', async () => {
    let slow = 0;
    const outlet: Outlet = { room: () => 0, write: () => undefined, drained: () => Promise.resolve('stalled') };
    const options = {
      id: 'a',
      position: 0,
      outlet,
      bookmarkFrame: () => Buffer.alloc(0),
      onSlow: () => (slow += 1),
      onGone: () => undefined,
      onError: () => undefined,
    };
    const stream = { head: 3, page: () => Promise.resolve([event(1)]) };
    const events = new Subscription({ ...options, kind: 'event', stream });
    const output = new Subscription({ ...options, kind: 'output', stream });
    events.catchUp();
    output.catchUp();
    await turn();
    expect([slow, events.position, output.position]).toEqual([1, 0, 3]);
  });
});

describe('what follows a position', () => {
  it('leaves out what came before and what stands behind a hole', () => {
    const items = [event(2), event(3), event(4), event(6)];
    expect(denseFrom(items, 2).map(({ end }) => end)).toEqual([3, 4]);
    expect(denseFrom(items, 0)).toEqual([]);
    expect(denseFrom([], 5)).toEqual([]);
  });

  it('waits once for the missing part of an output, then steps over it', async () => {
    const pieces: Item[] = [10, 20].map((start) => ({ start, end: start + 10, type: 'o', json: Buffer.from('{}') }));
    const source: Source = {
      kind: 'output',
      read: (position) => Promise.resolve(pieces.filter(({ start }) => start >= position)),
    };
    const clock = { now: () => new Date(0), monotonicMs: () => 0 };
    const stream = new Stream({ source, from: 0, pollMs: 1_000_000, clock, onError: () => undefined });
    stream.start();
    await turn();
    expect(stream.head).toBe(0);
    stream.poke();
    await turn();
    await turn();
    expect(stream.head).toBe(30);
    await stream.stop();
  });
});
