import fc from 'fast-check';
import { reconnectMs, Track } from './track';

describe('a track', () => {
  it('tells what follows, what was seen and what leaves a hole', () => {
    const track = new Track(3);
    expect([2, 3, 4].map((start) => track.place({ start, end: start + 1 }))).toEqual(['seen', 'next', 'hole']);
    track.pass({ start: 3, end: 4 });
    expect(track.place({ start: 4, end: 5 })).toBe('next');
  });
});

describe('the pause before a reconnection', () => {
  it('grows with each failure, within its limits', () => {
    expect([1, 2, 3, 9].map((attempt) => reconnectMs(attempt, 1))).toEqual([200, 400, 800, 2_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const ms = reconnectMs(attempt, random);
        expect(ms).toBeGreaterThanOrEqual(100);
        expect(ms).toBeLessThanOrEqual(2_000);
      }),
    );
  });
});
