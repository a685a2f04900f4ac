import { newFailuresOnly } from './new-failures';

const facts = (failing: string[], failed = failing.length) => ({
  failing,
  tests: { passed: 3, failed, skipped: 0, total: 3 + failed },
});

describe('newFailuresOnly', () => {
  it('tells new failures from old ones', () => {
    expect(newFailuresOnly(facts(['a', 'b']), facts(['b', 'c']))).toEqual({
      fresh: ['c'],
      known: ['b'],
      fixed: ['a'],
      decidable: true,
    });
  });

  it.each([
    ['a crash without names', { failing: [] }],
    ['fewer names than failures', facts(['a'], 2)],
    ['no counts', { failing: ['a'] }],
    ['a run that broke off', { ...facts(['a']), incomplete: true }],
  ])('cannot tell after %s', (_, now) => {
    expect(newFailuresOnly(facts(['a']), now).decidable).toBe(false);
  });
});
