import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChunkConsumer } from './spec';

/** Hands chunk after chunk to the consumer and waits for it, so that memory holds one chunk. Settles at the end of the stream. */
export const pump = async (stream: Readable | null | undefined, consume: ChunkConsumer): Promise<void> => {
  try {
    for await (const chunk of stream ?? []) await consume(chunk as Buffer);
  } catch {
    // A pipe that was torn down has nothing more to say; how the process ended tells the rest.
  }
};

/** Waits for the pumps; where a pipe is held open by a process out of reach, tears the streams down after `ms`. */
export const drain = async (
  pumps: readonly Promise<void>[],
  streams: readonly (Readable | null | undefined)[],
  ms: number,
): Promise<void> => {
  const settled = new AbortController();
  const late = delay(ms, undefined, { signal: settled.signal }).then(
    () => streams.forEach((stream) => stream?.destroy()),
    () => undefined,
  );
  await Promise.race([Promise.all(pumps), late]);
  settled.abort();
};

/** The last `most` bytes of a stream as text. */
export class Tail {
  private kept = Buffer.alloc(0);

  constructor(private readonly most: number) {}

  add(chunk: Buffer): void {
    this.kept = Buffer.from(Buffer.concat([this.kept, chunk]).subarray(-this.most));
  }

  text(): string {
    return this.kept.toString('utf8');
  }
}
