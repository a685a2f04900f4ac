import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '@lockstep/runtime';
import { postgresNudgeTransport } from './nudges';

const databaseUrl = process.env['LOCKSTEP_TEST_DATABASE_URL'] ?? '';
const sink = { patterns: () => [], deliver: () => undefined, reconnected: () => undefined };

describe('stopping while the listener connects', () => {
  it.each([0, 1, 2, 4, 8, 12, 16, 24])('ends, %d ms after the start', async (ms) => {
    const transport = postgresNudgeTransport({
      databaseUrl,
      notifyChannel: 'stop_test',
      commandMs: 1000,
      logger: silentLogger(),
    });
    void transport.start(sink);
    await delay(ms);
    await expect(
      Promise.race([transport.stop().then(() => 'stopped'), delay(3000, 'still stopping', { ref: false })]),
    ).resolves.toBe('stopped');
  });
});
