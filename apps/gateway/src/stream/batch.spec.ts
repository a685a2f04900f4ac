import fc from 'fast-check';
import { batchOf, type Item } from './batch';
import { textFrame } from './wire';

/** The text messages in bytes that a server sent, read as RFC 6455 has it. */
function readBack(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x81);
    const short = bytes[at + 1]!;
    const [length, start] =
      short < 126
        ? [short, at + 2]
        : short === 126
          ? [bytes.readUInt16BE(at + 2), at + 4]
          : [Number(bytes.readBigUInt64BE(at + 2)), at + 10];
    messages.push(bytes.toString('utf8', start, start + length));
    at = start + length;
  }
  return messages;
}

const item = (start: number, data: unknown): Item => ({
  start,
  end: start + 1,
  type: 't',
  json: Buffer.from(JSON.stringify(data)),
});

describe('frames', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('of %i bytes are read as they were written', (length) => {
    const text = 'x'.repeat(length);
    expect(readBack(textFrame(text))).toEqual([text]);
  });

  it('of a batch carry each item whole, under any id', () => {
    fc.assert(
      fc.property(
        fc.array(fc.json({ maxDepth: 2 }), { minLength: 1, maxLength: 8 }),
        fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme' }),
        fc.constantFrom('event' as const, 'output' as const),
        (values, id, kind) => {
          const data = values.map((text) => JSON.parse(text) as unknown);
          const batch = batchOf(
            kind,
            data.map((value, index) => item(index, value)),
          )!;
          const read = readBack(batch.frames(id)).map((text) => JSON.parse(text) as unknown);
          const key = kind === 'event' ? 'event' : 'chunk';
          expect(read).toEqual(data.map((value) => ({ type: kind, id, [key]: value })));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are made once for each id', () => {
    const batch = batchOf('event', [item(0, {}), item(1, {})])!;
    expect(batch.frames('a')).toBe(batch.frames('a'));
    expect(batch.frames('b')).not.toBe(batch.frames('a'));
    expect([batch.from, batch.to]).toEqual([0, 2]);
  });

  it('of nothing are no batch', () => {
    expect(batchOf('event', [])).toBeUndefined();
  });
});
