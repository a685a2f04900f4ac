import { Fault } from '@lockstep/contracts';
import { delay } from './delay';
import { serializedInterval } from './interval';
import { backoffMs, retryWithBackoff } from './retry';

describe('delay', () => {
  it('tells whether the time passed', async () => {
    const abort = new AbortController();
    expect(await delay(1)).toBe(true);
    const cut = delay(60_000, abort.signal);
    abort.abort();
    expect(await cut).toBe(false);
    expect(await delay(60_000, abort.signal)).toBe(false);
  });
});

describe('retryWithBackoff', () => {
  const away = () => new Fault('queue_unavailable', 'away');

  it('tries again while the fault is retryable', async () => {
    const heard: number[] = [];
    const result = await retryWithBackoff(async (attempt) => (attempt < 3 ? Promise.reject(away()) : attempt), {
      firstMs: 1,
      onRetry: (_, attempt) => heard.push(attempt),
    });
    expect([result, heard]).toEqual([3, [1, 2]]);
  });

  it('gives up on the last attempt, on a final fault and when aborted', async () => {
    await expect(retryWithBackoff(() => Promise.reject(away()), { attempts: 2, firstMs: 1 })).rejects.toMatchObject({
      code: 'queue_unavailable',
    });
    const final = jest.fn(() => Promise.reject(new Fault('not_found', 'no')));
    await expect(retryWithBackoff(final)).rejects.toMatchObject({ code: 'not_found' });
    expect(final).toHaveBeenCalledTimes(1);
    const abort = new AbortController();
    await expect(
      retryWithBackoff(() => Promise.reject(away()), {
        firstMs: 60_000,
        signal: abort.signal,
        onRetry: () => abort.abort(),
      }),
    ).rejects.toThrow('away');
  });

  it('doubles the pause up to its cap', () => {
    const pauses = [1, 2, 3, 20].map((attempt) => backoffMs(attempt, { firstMs: 100, maxMs: 1_000, random: () => 1 }));
    expect(pauses).toEqual([100, 200, 400, 1_000]);
    expect(backoffMs(1, { firstMs: 100, random: () => 0 })).toBe(50);
  });
});

describe('serializedInterval', () => {
  it('never overlaps, makes one run of many pokes, survives a fault and stops after the run under way', async () => {
    let [running, most, runs] = [0, 0, 0];
    const gates: (() => void)[] = [];
    const errors: unknown[] = [];
    const task = async () => {
      running += 1;
      runs += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => gates.push(resolve));
      running -= 1;
      if (runs === 1) throw new Error('first');
    };
    const interval = serializedInterval({ everyMs: 60_000, task, onError: (error) => errors.push(error) });
    const nextGate = async () => {
      while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
      return gates.shift();
    };
    const first = await nextGate();
    interval.poke();
    interval.poke();
    first?.();
    const second = await nextGate();
    const stopped = interval.stop();
    second?.();
    await stopped;
    await interval.stop();
    expect([most, runs, errors.length]).toEqual([1, 2, 1]);
  });

  it('pauses first when it is to', async () => {
    const order: string[] = [];
    let ran = (): void => undefined;
    const once = new Promise<void>((resolve) => (ran = resolve));
    const task = async () => (order.push('run'), ran());
    const interval = serializedInterval({ everyMs: 20, pauseFirst: true, task, onError: () => undefined });
    setImmediate(() => order.push('before'));
    await once;
    await interval.stop();
    expect(order.slice(0, 2)).toEqual(['before', 'run']);
    const never = jest.fn(async () => undefined);
    await serializedInterval({ everyMs: 60_000, pauseFirst: true, task: never, onError: () => undefined }).stop();
    expect(never).not.toHaveBeenCalled();
  });

  it('may be stopped before its first run', async () => {
    const task = jest.fn(async () => undefined);
    await serializedInterval({ everyMs: 1, task, onError: () => undefined }).stop();
    expect(task).not.toHaveBeenCalled();
  });
});
