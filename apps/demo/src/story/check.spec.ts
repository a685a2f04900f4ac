import type { Run, Step, TestCounts } from '@lockstep/contracts';
import type { Commit } from '../shop/repository';
import { brokenPromises, figuresOf, sum, type Outcome } from './check';

const counts = (passed: number): TestCounts => ({ passed, failed: 0, skipped: 0, total: passed });
const step = (key: string, passed: number, isLeaf = true) =>
  ({
    key,
    isLeaf,
    attempts: [
      { verifications: [{ tests: counts(99) }] },
      {
        verifications: [
          { command: 'own', tests: counts(passed) },
          { command: 'lint', tests: null },
          { command: 'affected', tests: counts(2) },
          { command: 'affected', tests: counts(1) },
        ],
      },
    ],
  }) as unknown as Step;
const commit = (key: string | null): Commit => ({ sha: `sha-${key}`, subject: '', step: key, run: 'run' });
const row = (key: string, passed: number): string =>
  `| ✅ | Step ${key} | Title | 1 | ${passed} passed, 0 failed, 0 skipped, ${passed} total | \`abc\` |`;

const good: Outcome = {
  run: { id: 'run', status: 'completed' } as Run,
  steps: [step('1', 2), step('2', 0, false), step('2a', 4)],
  commits: [commit('1'), commit('2a'), commit(null)],
  results: [row('1', 3), row('2a', 5)].join('\n'),
};

describe('the demo’s own check', () => {
  it('finds nothing where all promises hold', () => expect(brokenPromises(good)).toEqual([]));

  it.each<[string, Partial<Outcome>, string]>([
    [
      'a run that did not complete',
      { run: { id: 'run', status: 'blocked', reason: 'x' } as Run },
      'The run is blocked: x',
    ],
    ['a missing commit', { commits: [commit('1'), commit(null)] }, 'steps 1, closing, expected were 1, 2a, closing'],
    ['a commit too many', { commits: [...good.commits, commit(null)] }, 'closing, closing'],
    ['a commit of another run', { commits: [{ ...commit('1'), run: 'other' }, commit('2a'), commit(null)] }, 'sha-1'],
    [
      'figures that are not the gate’s',
      { results: [row('1', 3), row('2a', 6)].join('\n') },
      'Step 2a: the document says "6 passed',
    ],
    ['figures that are missing', { results: row('1', 3) }, 'Step 2a: the document says "undefined"'],
    [
      'a step without tests',
      { steps: [step('1', 2), { ...step('2a', 4), attempts: [] }] },
      'no test figures for step 2a',
    ],
  ])('finds %s', (_what, more, sentence) => {
    expect(brokenPromises({ ...good, ...more }).join('\n')).toContain(sentence);
  });

  it('adds up what several commands reported', () => {
    expect(sum([counts(2), counts(3)])).toEqual(counts(5));
    expect(sum([])).toBeNull();
    expect(figuresOf('3', good.results)).toBeUndefined();
  });
});
