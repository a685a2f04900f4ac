/** Counts the websocket frames of a byte stream from a server (unmasked) without looking into them. */
export class FrameCounter {
  frames = 0;
  private left = 0;
  private head: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.left > 0) {
        const step = Math.min(this.left, chunk.length - at);
        this.left -= step;
        at += step;
        continue;
      }
      const whole = this.head.length === 0 ? chunk.subarray(at) : Buffer.concat([this.head, chunk.subarray(at)]);
      const need = headerLength(whole);
      if (need === 0 || whole.length < need) {
        this.head = Buffer.from(whole);
        return;
      }
      at += need - this.head.length;
      this.head = Buffer.alloc(0);
      this.left = payloadLength(whole);
      this.frames += 1;
    }
  }
}

const headerLength = (head: Buffer): number => {
  if (head.length < 2) return 0;
  const short = head[1]! & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
};

const payloadLength = (head: Buffer): number => {
  const short = head[1]! & 0x7f;
  if (short < 126) return short;
  return short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
};

/** A client's text frame, masked with zeros: the mask is there, and changes nothing. */
export const clientFrame = (text: string): Buffer => {
  const payload = Buffer.from(text);
  const short = payload.length < 126;
  const head = Buffer.alloc(short ? 6 : 8);
  head[0] = 0x81;
  head[1] = 0x80 | (short ? payload.length : 126);
  if (!short) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
};
