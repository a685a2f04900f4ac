import { retentionKind, type RetentionKind } from '@lockstep/contracts';
import fc from 'fast-check';
import { choosePruned, retentionLimits, type KeptRun } from './index';

const now = new Date('2026-06-01T00:00:00Z');
const ago = (days: number): Date => new Date(now.getTime() - days * 86_400_000);

const run = fc.record({
  endedAt: fc.option(fc.integer({ min: 0, max: 4000 }).map((tenths) => ago(tenths / 10))),
  chained: fc.boolean(),
  isDelivered: fc.boolean(),
  bytes: fc.integer({ min: 0, max: 1000 }),
});
const runs = fc.array(run, { maxLength: 30 }).map((rows) =>
  rows.map(({ chained, ...row }, index): KeptRun => ({
    ...row,
    runId: String(index),
    isNeeded: row.endedAt === null || chained,
  })),
);
const limit = fc.record({
  days: fc.option(fc.integer({ min: 0, max: 300 })),
  bytes: fc.option(fc.integer({ min: 0, max: 10_000 })),
});
const kind = fc.constantFrom(...retentionKind.options);

const cases = (check: (of: { kept: KeptRun[]; gone: Map<string, string>; all: KeptRun[] } & Case) => void): void =>
  fc.assert(
    fc.property(kind, runs, limit, (what, all, most) => {
      const gone = new Map(choosePruned(what, all, most, now).map(({ runId, reason }) => [runId, reason]));
      check({ what, most, all, gone, kept: all.filter(({ runId }) => !gone.has(runId)) });
    }),
    { numRuns: 500 },
  );
interface Case {
  readonly what: RetentionKind;
  readonly most: { days: number | null; bytes: number | null };
}

describe('what is pruned', () => {
  it('is never of a run that is under way, or of one that such a run comes after', () =>
    cases(({ all, gone }) => expect(all.filter((each) => each.isNeeded && gone.has(each.runId))).toEqual([])));

  it('is everything that is too old', () =>
    cases(({ kept, most }) => {
      const old = kept.filter((each) => !each.isNeeded && most.days !== null && each.endedAt! < ago(most.days));
      expect(old).toEqual([]);
    }));

  it('leaves the quota kept, or only what may not go', () =>
    cases(({ kept, most, what }) => {
      const bytes = kept.reduce((total, each) => total + each.bytes, 0);
      if (most.bytes === null || bytes <= most.bytes) return;
      const mayGo = kept.filter((each) => !each.isNeeded && (what !== 'snapshots' || each.isDelivered));
      expect(mayGo).toEqual([]);
    }));

  it('takes none for the quota that is younger than one that stays', () =>
    cases(({ kept, all, gone, what }) => {
      const taken = all.filter(({ runId }) => gone.get(runId) === 'quota').map(({ endedAt }) => endedAt!.getTime());
      const left = kept
        .filter((each) => !each.isNeeded && (what !== 'snapshots' || each.isDelivered))
        .map(({ endedAt }) => endedAt!.getTime());
      if (taken.length > 0 && left.length > 0) expect(Math.max(...taken)).toBeLessThanOrEqual(Math.min(...left));
    }));

  it('is nothing without limits', () =>
    cases(({ gone, most }) => most.days === null && most.bytes === null && expect(gone.size).toBe(0)));

  it('keeps commits that are nowhere else until they are old', () => {
    const undelivered: KeptRun = { runId: 'a', endedAt: ago(5), isNeeded: false, isDelivered: false, bytes: 100 };
    expect(choosePruned('snapshots', [undelivered], { days: 6, bytes: 1 }, now)).toEqual([]);
    expect(choosePruned('snapshots', [undelivered], { days: 4, bytes: 1 }, now)).toEqual([
      { runId: 'a', reason: 'age' },
    ]);
    expect(choosePruned('output', [undelivered], { days: 6, bytes: 1 }, now)).toEqual([
      { runId: 'a', reason: 'quota' },
    ]);
  });
});

it('a project says over the installation what it wants to, and null is a word', () => {
  const none = { days: 1, bytes: 2 };
  const limits = retentionLimits(
    { workspaces: none, output: none, snapshots: none, events: none },
    { output: { days: null }, events: { days: 7, bytes: 9 } },
  );
  expect(limits).toEqual({
    workspaces: none,
    output: { days: null, bytes: 2 },
    snapshots: none,
    events: { days: 7, bytes: 9 },
  });
});
