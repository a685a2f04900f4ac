import { Slots } from './slots';

describe('slots', () => {
  it('let so many through at a time, in order, also past a failure', async () => {
    const slots = new Slots(2);
    let [now, most] = [0, 0];
    const order: number[] = [];
    const work = (i: number) => async () => {
      order.push(i);
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      if (i === 1) throw new Error('one');
      return i;
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map((i) => slots.run(work(i))));
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true]);
    expect([most, order]).toEqual([2, [0, 1, 2, 3, 4]]);
    await expect(slots.run(() => Promise.resolve('free again'))).resolves.toBe('free again');
  });
});
