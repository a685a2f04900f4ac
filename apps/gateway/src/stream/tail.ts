import type { Item } from './batch';

/** The newest items of a stream, at most `maxBytes` of them: those who come late by a little are served without asking Postgres. */
export class Tail {
  private items: Item[] = [];
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  push(items: readonly Item[]): void {
    this.items.push(...items);
    this.bytes += items.reduce((sum, { json }) => sum + json.length, 0);
    let gone = 0;
    while (this.bytes > this.maxBytes && gone < this.items.length) this.bytes -= this.items[gone++]!.json.length;
    if (gone > 0) this.items = this.items.slice(gone);
  }

  /** What follows `position`; nothing when that is not kept, or no boundary between items. */
  after(position: number): readonly Item[] | undefined {
    const index = this.find(position);
    return this.items[index]?.start === position ? this.items.slice(index) : undefined;
  }

  /** The first item that doesn't start before `position`. */
  private find(position: number): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.items[middle]!.start < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
