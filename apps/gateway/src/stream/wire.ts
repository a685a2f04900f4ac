/**
 * Websocket frames as bytes (RFC 6455, server to client: unmasked, unfragmented, uncompressed). They are made here and not by the
 * websocket library so that one event is framed once for all who follow it, and a batch goes out in one write.
 */
const text = 0x81;

export function headerLength(payload: number): number {
  if (payload < 126) return 2;
  return payload < 65_536 ? 4 : 10;
}

/** Writes a text frame's header at `at`; returns where the payload begins. */
export function writeHeader(target: Buffer, at: number, payload: number): number {
  target[at] = text;
  if (payload < 126) return target.writeUInt8(payload, at + 1);
  if (payload < 65_536) return target.writeUInt16BE(payload, target.writeUInt8(126, at + 1));
  return target.writeBigUInt64BE(BigInt(payload), target.writeUInt8(127, at + 1));
}

/** One text frame. */
export function textFrame(payload: string): Buffer {
  const length = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(headerLength(length) + length);
  frame.write(payload, writeHeader(frame, 0, length));
  return frame;
}
