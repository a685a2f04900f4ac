import { createHash } from 'node:crypto';

/** A chunk boundary may split a character; the replacement characters at a cut say nothing. */
const decode = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\ufffd{1,3}|\ufffd{1,3}$/g, '');

/** The last bytes of a text, from the start of a line where that leaves enough. */
export const tailOf = (text: string, most: number): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  const kept = decode(bytes.subarray(-most));
  const line = kept.indexOf('\n') + 1;
  return line > 0 && line < kept.length / 2 ? kept.slice(line) : kept;
};

/** Keeps the head and the tail of a stream, a digest of all of it, and its length, in bounded memory. */
export class Capture {
  private readonly hash = createHash('sha256');
  private readonly head: Buffer[] = [];
  private readonly tail: Buffer[] = [];
  private headBytes = 0;
  private tailBytes = 0;
  bytes = 0;

  /** @param most bytes kept; a quarter of them for the head */
  constructor(private readonly most: number) {}

  add(chunk: Buffer): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    const room = Math.max(0, Math.floor(this.most / 4) - this.headBytes);
    if (room > 0) this.head.push(chunk.subarray(0, room));
    this.headBytes += Math.min(room, chunk.length);
    this.addTail(chunk.subarray(room));
  }

  get complete(): boolean {
    return this.bytes === this.headBytes + this.tailBytes;
  }

  sha256(): string {
    return this.hash.copy().digest('hex');
  }

  text(): string {
    const [head, tail] = [Buffer.concat(this.head), Buffer.concat(this.tail)];
    if (this.complete) return Buffer.concat([head, tail]).toString('utf8');
    const left = this.bytes - head.length - tail.length;
    return `${decode(head)}\n… ${left} bytes left out …\n${decode(tail)}`;
  }

  private addTail(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.tail.push(chunk);
    this.tailBytes += chunk.length;
    const room = this.most - Math.floor(this.most / 4);
    while (this.tailBytes > room) {
      const excess = this.tailBytes - room;
      const first = this.tail[0]!;
      if (first.length <= excess) this.tail.shift();
      else this.tail[0] = first.subarray(excess);
      this.tailBytes -= Math.min(excess, first.length);
    }
  }
}
