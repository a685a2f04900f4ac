import type { EventEnvelope, OutputChunk } from '@lockstep/contracts';
import { headerLength, writeHeader } from './wire';

/**
 * Something in a stream, serialised once. It reaches from the position `start` to the position `end`; whoever is at `start` gets it
 * next. A position is the last `seq` of an event stream, or the number of bytes of an output stream.
 */
export interface Item {
  readonly start: number;
  readonly end: number;
  /** An event's type; what a subscription's `types` are compared with. */
  readonly type: string;
  readonly json: Buffer;
}

export type ItemKind = 'event' | 'output';

export const eventItem = (event: EventEnvelope): Item => ({
  start: event.seq - 1,
  end: event.seq,
  type: event.type,
  json: Buffer.from(JSON.stringify(event)),
});

export const outputItem = (chunk: OutputChunk): Item => ({
  start: chunk.offset,
  end: chunk.offset + Buffer.byteLength(chunk.text),
  type: chunk.stream,
  json: Buffer.from(JSON.stringify(chunk)),
});

const keyOf = { event: 'event', output: 'chunk' } as const;
const closing = Buffer.from('}');

/** An item's bytes on the wire, nearly: its JSON and what stands around it. */
export const wireBytes = ({ json }: Item): number => json.length + 64;

/** What came in one read: items in order, and their frames, made once for each subscription id in use. */
export class Batch {
  private readonly made = new Map<string, Buffer>();
  /** Bytes on the wire, nearly. */
  readonly bytes: number;

  constructor(
    readonly kind: ItemKind,
    readonly items: readonly [Item, ...Item[]],
  ) {
    this.bytes = items.reduce((sum, item) => sum + wireBytes(item), 0);
  }

  get from(): number {
    return this.items[0].start;
  }

  get to(): number {
    return this.items[this.items.length - 1]!.end;
  }

  /** The items as websocket frames for the subscription `id`: the id is spliced around JSON that is made already. */
  frames(id: string): Buffer {
    const known = this.made.get(id);
    if (known) return known;
    const frames = frame(
      this.items,
      Buffer.from(`{"type":"${this.kind}","id":${JSON.stringify(id)},"${keyOf[this.kind]}":`),
    );
    this.made.set(id, frames);
    return frames;
  }
}

export const batchOf = (kind: ItemKind, items: readonly Item[]): Batch | undefined =>
  items[0] === undefined ? undefined : new Batch(kind, [items[0], ...items.slice(1)]);

function frame(items: readonly Item[], opening: Buffer): Buffer {
  const around = opening.length + closing.length;
  const total = items.reduce((sum, { json }) => sum + headerLength(json.length + around) + json.length + around, 0);
  const target = Buffer.allocUnsafe(total);
  items.reduce((at, { json }) => {
    const payload = writeHeader(target, at, json.length + around);
    opening.copy(target, payload);
    json.copy(target, payload + opening.length);
    closing.copy(target, payload + opening.length + json.length);
    return payload + around + json.length;
  }, 0);
  return target;
}
