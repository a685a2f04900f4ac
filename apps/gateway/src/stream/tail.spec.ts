import fc from 'fast-check';
import type { Item } from './batch';
import { Tail } from './tail';

const items = (from: number, to: number): Item[] =>
  Array.from({ length: to - from }, (_, i) => ({
    start: from + i,
    end: from + i + 1,
    type: 't',
    json: Buffer.alloc(10),
  }));
const startsOf = (found: readonly Item[] | undefined) => found?.map(({ start }) => start);

describe('a tail', () => {
  it('gives what follows a position, and nothing for one that is gone or still to come', () => {
    const tail = new Tail(50);
    tail.push(items(0, 8));
    expect(startsOf(tail.after(5))).toEqual([5, 6, 7]);
    expect(startsOf(tail.after(3))).toEqual([3, 4, 5, 6, 7]);
    expect(tail.after(2)).toBeUndefined();
    expect(tail.after(8)).toBeUndefined();
    expect(new Tail(50).after(0)).toBeUndefined();
  });

  it('knows no position within an item', () => {
    const tail = new Tail(100);
    tail.push([{ start: 0, end: 5, type: 't', json: Buffer.alloc(1) }]);
    tail.push([{ start: 5, end: 9, type: 't', json: Buffer.alloc(1) }]);
    expect(tail.after(3)).toBeUndefined();
    expect(startsOf(tail.after(5))).toEqual([5]);
  });

  it('keeps the newest that fit, however they come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 20 }),
        (sizes, fit) => {
          const tail = new Tail(fit * 10);
          let end = 0;
          for (const size of sizes) tail.push(items(end, (end += size)));
          const oldest = Math.max(0, end - fit);
          expect(startsOf(tail.after(oldest))).toEqual(items(oldest, end).map(({ start }) => start));
          if (oldest > 0) expect(tail.after(oldest - 1)).toBeUndefined();
        },
      ),
    );
  });
});
