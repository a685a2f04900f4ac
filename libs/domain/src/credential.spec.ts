import fc from 'fast-check';
import { afterAcceptance, afterRefusal, clear, longestPauseMs, whenTried, whyPaused, type Weather } from './credential';
import { credentialMoves, mayMove } from './moves';

const start = Date.parse('2026-01-01T00:00:00Z');
const at = (ms: number): Date => new Date(start + ms);
const times = (ms: number) => ({ now: at(ms), firstMs: 1_000 });
const refusal = { runId: 'a', limit: 'rate', named: null } as const;
const attempt = (runId: string, ms: number, proberIsGone = false) => ({
  runId,
  now: at(ms),
  probeMs: 5_000,
  proberIsGone,
});
const refused = (weather: Weather, ms: number, more: object = {}) =>
  afterRefusal(weather, { ...refusal, ...more }, times(ms));

describe('a refusal', () => {
  it('pauses until the named time, a moment or a while, or for the back-off', () => {
    expect(refused(clear, 0, { named: 30_000 }).resumeAt).toEqual(at(30_000));
    expect(refused(clear, 0, { named: at(7_000), limit: 'usage' })).toEqual({
      state: 'paused',
      limit: 'usage',
      refusals: 1,
      resumeAt: at(7_000),
      probe: null,
    });
    expect(refused(clear, 0).resumeAt).toEqual(at(1_000));
  });

  it('of the probe pauses twice as long, also against a named time that is too early', () => {
    const probing = (ms: number, weather: Weather) => whenTried(weather, attempt('a', ms))!;
    const second = refused(probing(1_000, refused(clear, 0)), 1_000);
    expect([second.refusals, second.resumeAt]).toEqual([2, at(3_000)]);
    const third = refused(probing(3_000, second), 3_000, { named: 0 });
    expect([third.refusals, third.resumeAt]).toEqual([3, at(7_000)]);
  });

  it('that repeats what is known counts for nothing, and only a later time moves the end', () => {
    const paused = refused(clear, 0, { named: 10_000, limit: 'usage' });
    expect(refused(paused, 9_000)).toBe(paused);
    expect(refused(paused, 1_000, { named: 2_000 })).toEqual(paused);
    expect(refused(paused, 1_000, { named: 20_000 })).toEqual({ ...paused, limit: 'rate', resumeAt: at(21_000) });
  });

  it('that names a time in years is tried earlier', () => {
    expect(refused(clear, 0, { named: at(1e12) }).resumeAt).toEqual(at(longestPauseMs));
    expect(refused(clear, 0, { named: Infinity }).resumeAt).toEqual(at(longestPauseMs));
  });

  it('that names a time which is over, or none that there is, pauses for no longer than one without', () => {
    expect(refused(clear, 5_000, { named: at(0) }).resumeAt).toEqual(at(5_000));
    expect(refused(clear, 0, { named: new Date(NaN) }).resumeAt).toEqual(at(1_000));
  });
});

describe('a try', () => {
  const paused = refused(clear, 0);

  it('goes on while it is open, waits while it is paused, and is the probe after that', () => {
    expect(whenTried(clear, attempt('a', 0))).toBe(clear);
    expect(whenTried(paused, attempt('a', 999))).toBeNull();
    expect(whenTried(paused, attempt('b', 1_000))).toEqual({
      ...paused,
      state: 'half_open',
      probe: { runId: 'b', until: at(6_000) },
    });
  });

  it.each([
    ['the prober itself goes on', attempt('b', 2_000), 'b'],
    ['another one waits', attempt('c', 5_999), null],
    ['another one takes over from a probe that takes too long', attempt('c', 6_000), 'c'],
    ['and from one that nobody drives', attempt('c', 1_001, true), 'c'],
  ])('beside a probe: %s', (_, tried, prober) => {
    const probing = whenTried(paused, attempt('b', 1_000))!;
    expect(whenTried(probing, tried)?.probe?.runId ?? null).toBe(prober);
  });

  it('is decided by the probe alone', () => {
    const probing = whenTried(paused, attempt('b', 1_000))!;
    expect(afterAcceptance(probing, 'c')).toBe(probing);
    expect(afterAcceptance(paused, 'b')).toBe(paused);
    expect(afterAcceptance(probing, 'b')).toEqual(clear);
    expect(refused(probing, 1_500, { runId: 'c' })).toMatchObject({ state: 'paused', refusals: 1 });
  });
});

describe('whatever happens', () => {
  const run = fc.constantFrom('a', 'b', 'c');
  const happening = fc.record({
    kind: fc.constantFrom('refused', 'tried', 'accepted'),
    runId: run,
    afterMs: fc.nat(3_000),
    named: fc.option(fc.nat(20_000)),
    proberIsGone: fc.boolean(),
  });

  it('every move is in the table, nobody goes during a pause, and one run at most is the probe', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        let [weather, ms] = [clear, 0];
        for (const { kind, runId, afterMs, named, proberIsGone } of happenings) {
          ms += afterMs;
          const before: Weather = weather;
          if (kind === 'refused') weather = refused(before, ms, { runId, named });
          if (kind === 'accepted') weather = afterAcceptance(before, runId);
          const tried = kind === 'tried' ? whenTried(before, attempt(runId, ms, proberIsGone)) : before;
          weather = kind === 'tried' ? (tried ?? before) : weather;
          if (before.state !== weather.state) expect(mayMove(credentialMoves, before.state, weather.state)).toBe(true);
          if (kind === 'tried' && before.state === 'paused' && before.resumeAt! > at(ms)) expect(tried).toBeNull();
          expect(weather.state === 'half_open').toBe(weather.probe !== null);
          expect(weather.state === 'open').toBe(weather.resumeAt === null && weather.limit === null);
          if (kind === 'refused') expect(weather.state).toBe('paused');
        }
      }),
    );
  });
});

it('says which limit, and until when', () => {
  const paused = refused(clear, 0, { named: at(65_000), limit: 'usage' });
  expect(whyPaused(paused)).toBe(
    'the credential is paused: its allowance is used up, until 2026-01-01 00:01:05 UTC; no attempt is spent',
  );
  expect(whyPaused({ ...paused, state: 'half_open' })).toContain('one run tries it now');
});
