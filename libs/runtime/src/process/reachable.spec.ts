import { Fault } from '@lockstep/contracts';
import { silentLogger } from '../logging/logger';
import { reachable } from './reachable';

const away = () => new Fault('database_unavailable', 'away');
const service = (ask: () => Promise<void>) =>
  reachable({ what: 'it', ask, close: () => Promise.resolve(), logger: silentLogger() });

it('waits for what is away, and starts when it is there', async () => {
  let asked = 0;
  await service(async () => {
    asked += 1;
    if (asked < 3) throw away();
  }).start();
  expect(asked).toBe(3);
});

it('ends at once with what waiting does not mend', async () => {
  let asked = 0;
  const refused = service(async () => {
    asked += 1;
    throw new Error('no such login');
  });
  await expect(refused.start()).rejects.toThrow('no such login');
  expect(asked).toBe(1);
});

it('gives up when it is stopped', async () => {
  const waiting = service(() => Promise.reject(away()));
  const start = waiting.start().catch((error: { code: string }) => error.code);
  await waiting.stop();
  expect(await start).toBe('database_unavailable');
});
