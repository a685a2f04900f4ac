import { inBatches } from './batches';

/** A place that takes a batch when it is told to. */
const slowPlace = () => {
  const taken: number[][] = [];
  const finish: ((error?: Error) => void)[] = [];
  const write = (items: readonly number[]): Promise<void> => {
    taken.push([...items]);
    return new Promise((resolve, reject) => finish.push((error) => (error ? reject(error) : resolve())));
  };
  return { taken, finish, write };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('inBatches', () => {
  it('writes the first at once, and what comes meanwhile together, in order', async () => {
    const { taken, finish, write } = slowPlace();
    const batches = inBatches(write, 3);
    batches.push([1]);
    batches.push([2, 3]);
    batches.push([4, 5]);
    expect(taken).toEqual([[1]]);
    finish[0]!();
    await turn();
    expect(taken).toEqual([[1], [2, 3, 4]]);
    finish[1]!();
    await turn();
    finish[2]!();
    await batches.settled();
    expect(taken).toEqual([[1], [2, 3, 4], [5]]);
    batches.push([6]);
    expect(taken.at(-1)).toEqual([6]);
  });

  it('stops at the first failure and tells it to whoever waits', async () => {
    const { taken, finish, write } = slowPlace();
    const batches = inBatches(write);
    batches.push([1]);
    batches.push([2]);
    finish[0]!(new Error('gone'));
    await expect(batches.settled()).rejects.toThrow('gone');
    batches.push([3]);
    await expect(batches.settled()).rejects.toThrow('gone');
    expect(taken).toEqual([[1]]);
  });

  it('has nothing to wait for before the first item', async () => {
    await expect(inBatches(slowPlace().write).settled()).resolves.toBeUndefined();
  });
});
