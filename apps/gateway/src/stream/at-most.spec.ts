import { atMost } from './at-most';

it('lets so many in at a time, the others in the order in which they came, and whoever fails makes room', async () => {
  const turnstile = atMost(2);
  const begun: number[] = [];
  const ends: ((fail?: Error) => void)[] = [];
  const works = [0, 1, 2, 3].map((number) =>
    turnstile(
      () =>
        new Promise<number>((resolve, reject) => {
          begun.push(number);
          ends[number] = (fail) => (fail ? reject(fail) : resolve(number));
        }),
    ),
  );
  const failed = expect(works[1]).rejects.toThrow('broken');
  expect(begun).toEqual([0, 1]);
  ends[1]!(new Error('broken'));
  await failed;
  expect(begun).toEqual([0, 1, 2]);
  ends[0]!();
  await works[0];
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]!();
  ends[3]!();
  expect(await Promise.all([works[0], works[2], works[3]])).toEqual([0, 2, 3]);
  await expect(turnstile(() => Promise.resolve('free again'))).resolves.toBe('free again');
});
