import { readEpoch, renewEpoch, renewLease, sweepLeases, takeLease } from './index';
import { seedRun, testDatabase, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

it('makes worthless what the lost time gave out', async () => {
  const { runId } = await seedRun(test.database);
  const take = (executorId: string) =>
    takeLease(test.database, { runId, executorId, leaseMs: 60_000, stage: 'implementation' });
  const taken = await take('before');
  const epoch = await readEpoch(test.database);
  const renewed = await renewEpoch(test.database);
  expect(renewed).toEqual({ epoch: expect.not.stringContaining(epoch), running: 1 });
  expect(await readEpoch(test.database)).toBe(renewed.epoch);
  await expect(renewLease(test.database, taken!.lease, 60_000)).rejects.toMatchObject({ code: 'lease_lost' });
  expect(await sweepLeases(test.database)).toEqual([runId]);
  expect(await take('after')).toMatchObject({ previousDriver: null });
});
