import { armFailpoints, failpoint, skips } from '../failpoint/failpoint';
import { createHealth } from './health';
import { composeServices, type Service } from './service';

const recorder = () => {
  const events: string[] = [];
  const part = (name: string, faults: { start?: Error; stop?: Error } = {}): Service => ({
    start: async () => {
      events.push(`${name} start`);
      if (faults.start) throw faults.start;
    },
    stop: async () => {
      events.push(`${name} stop`);
      if (faults.stop) throw faults.stop;
    },
  });
  return { events, part };
};

describe('composeServices', () => {
  it('starts in order and stops in the opposite order, once', async () => {
    const { events, part } = recorder();
    const all = composeServices([part('a'), part('b')]);
    await all.start();
    await Promise.all([all.stop(), all.stop()]);
    expect(events).toEqual(['a start', 'b start', 'b stop', 'a stop']);
  });

  it('stops what had begun when one fails to start', async () => {
    const { events, part } = recorder();
    const all = composeServices([part('a'), part('b', { start: new Error('no') }), part('c')]);
    await expect(all.start()).rejects.toThrow('no');
    expect(events).toEqual(['a start', 'b start', 'b stop', 'a stop']);
  });

  it('starts nothing after stop, and stops all although one fails', async () => {
    const { events, part } = recorder();
    const early = composeServices([part('a')]);
    await early.stop();
    await early.start();
    expect(events).toEqual([]);
    const all = composeServices([part('a'), part('b', { stop: new Error('stuck') })]);
    await all.start();
    await expect(all.stop()).rejects.toThrow('stuck');
    expect(events.slice(-2)).toEqual(['b stop', 'a stop']);
  });
});

describe('health', () => {
  it('asks every check and says what is missing, within its limit', async () => {
    const health = createHealth({ limitMs: 20 });
    expect(await health.ready()).toEqual({ ok: true, checks: [] });
    health.add('postgres', async () => undefined);
    health.add('redis', () => new Promise(() => undefined));
    health.add('disk', () => Promise.reject(new Error('full')));
    expect(await health.ready()).toEqual({
      ok: false,
      checks: [
        { name: 'postgres', ok: true },
        { name: 'redis', ok: false, detail: 'no answer within 20 ms' },
        { name: 'disk', ok: false, detail: 'full' },
      ],
    });
    health.remove('redis');
    health.remove('disk');
    expect((await health.ready()).ok).toBe(true);
  });

  it('asks once for all that want to know at the same time', async () => {
    const health = createHealth();
    const check = jest.fn(async () => undefined);
    health.add('postgres', check);
    const reports = await Promise.all([health.ready(), health.ready(), health.ready()]);
    expect([check.mock.calls.length, new Set(reports).size]).toEqual([1, 1]);
    await health.ready();
    expect(check).toHaveBeenCalledTimes(2);
  });
});

describe('failpoints', () => {
  afterEach(() => armFailpoints([]));

  it('does nothing unless armed, and only on the hit that was asked for', async () => {
    armFailpoints([{ name: 'here', action: 'throw', delayMs: 0, hit: 2 }]);
    await failpoint('elsewhere');
    await failpoint('here');
    await expect(failpoint('here')).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('here'),
    });
    await failpoint('here');
  });

  it('takes a protection out only where `skip` was armed, and breaks nothing else', async () => {
    armFailpoints([
      { name: 'here', action: 'skip', delayMs: 0 },
      { name: 'there', action: 'throw', delayMs: 0 },
    ]);
    await failpoint('here');
    expect([skips('here'), skips('there'), skips('elsewhere')]).toEqual([true, false, false]);
  });
});
