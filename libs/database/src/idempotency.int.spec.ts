import { faultCode } from '@lockstep/testing';
import { once } from './index';
import { seedRun, testDatabase, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

it('the same key runs once', async () => {
  const { teamId } = await seedRun(test.database);
  let ran = 0;
  const work = () => Promise.resolve({ status: 201, body: { n: ++ran } });
  const spec = { teamId, key: 'k', request: { a: 1 } };
  expect(await once(test.database, spec, work)).toEqual(await once(test.database, spec, work));
  expect(ran).toBe(1);
  expect(await faultCode(once(test.database, { ...spec, request: { a: 2 } }, work))).toBe('idempotency_mismatch');
});

it('never does again what was committed before its process died', async () => {
  const { teamId } = await seedRun(test.database);
  const spec = { teamId, key: 'k', request: {} };
  let ran = 0;
  const committed = new Promise<void>((resolve) => {
    const dies = async () => {
      await test.database.transaction(async () => void (ran += 1));
      resolve();
      return new Promise<never>(() => undefined);
    };
    void once(test.database, spec, dies);
  });
  await committed;
  const longAgo = new Date(Date.now() - 120_000);
  await test.database.prisma.idempotencyKey.updateMany({ where: { teamId }, data: { createdAt: longAgo } });
  const again = once(test.database, spec, () => Promise.resolve({ status: 201, body: { ran: ++ran } }));
  expect(await faultCode(again)).toBe('stale_transition');
  expect(ran).toBe(1);
});
