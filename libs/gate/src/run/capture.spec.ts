import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Capture, tailOf } from './capture';

const capture = (most: number, chunks: readonly (string | Uint8Array)[]): Capture => {
  const kept = new Capture(most);
  chunks.forEach((chunk) => kept.add(Buffer.from(chunk)));
  return kept;
};

describe('Capture', () => {
  it('keeps what fits', () => {
    const kept = capture(100, ['one\n', 'two\n']);
    expect([kept.text(), kept.complete, kept.bytes]).toEqual(['one\ntwo\n', true, 8]);
  });

  it('keeps head and tail of what does not', () => {
    const kept = capture(40, ['head', ...Array.from({ length: 100 }, () => '.'.repeat(10)), 'tail']);
    expect(kept.text()).toMatch(/^head\.{6}\n… 968 bytes left out …\n\.{26}tail$/);
    expect(kept.complete).toBe(false);
  });

  it('digests everything, in any chunks, in bounded memory', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 30 }),
        fc.integer({ min: 4, max: 300 }),
        (chunks, most) => {
          const whole = Buffer.concat(chunks);
          const kept = capture(most, chunks);
          expect(kept.sha256()).toBe(createHash('sha256').update(whole).digest('hex'));
          expect(kept.bytes).toBe(whole.length);
          expect(kept.complete).toBe(whole.length <= most || kept.complete);
          if (kept.complete) expect(kept.text()).toBe(whole.toString('utf8'));
        },
      ),
    );
  });
});

describe('tailOf', () => {
  it('begins at a line where it can, and never in the middle of a character', () => {
    expect(tailOf('first\nsecond\nthird line of text\n', 24)).toBe('third line of text\n');
    expect(tailOf('é'.repeat(10), 5)).toBe('éé');
    expect(tailOf('short', 100)).toBe('short');
  });
});
