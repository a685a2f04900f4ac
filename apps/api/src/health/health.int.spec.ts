import { createBackplane } from '@lockstep/backplane';
import { silentLogger } from '@lockstep/runtime';
import { hasRedis, ownRedis, waitFor } from '@lockstep/testing';
import { createApi } from '../api';
import { callsOf, read, settings, startApi, type ApiUnderTest } from '../testing/api-under-test';
import { newRun, storedPlan } from '../testing/fixtures';

let under: ApiUnderTest;
beforeAll(async () => void (under = await startApi()));
afterAll(() => under.stop());

interface Readiness {
  readonly ok: boolean;
  readonly checks: { name: string; ok: boolean; detail?: string }[];
}

describe('health', () => {
  it('is told to anybody', async () => {
    const live = await read(await fetch(`${under.api.url}/healthz`));
    const ready = await read<Readiness>(await fetch(`${under.api.url}/readyz`));
    expect([live.status, live.body]).toEqual([200, { status: 'ok' }]);
    expect([ready.status, ready.body.checks.map(({ name, ok }) => [name, ok])]).toEqual([
      200,
      [
        ['database', true],
        ['queue', true],
        ['relay', true],
      ],
    ]);
  });

  it('is measured for Prometheus', async () => {
    await newRun(under, await under.client());
    const { headers, body } = await read<string>(await fetch(`${under.api.url}/metrics`));
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toMatch(/^lockstep_runs\{status="queued"\} 1$/m);
    expect(body).toMatch(/^lockstep_runs_waiting\{reason="slot"\} 1$/m);
    expect(body).toMatch(/^lockstep_credentials\{state="open"\} 0$/m);
    expect(body).toMatch(/^lockstep_executors 0$/m);
    expect(body).toMatch(/^lockstep_outbox_unsent \d+$/m);
    expect(body).toMatch(/^process_resident_memory_bytes \d{6,}$/m);
    for (const line of body.trimEnd().split('\n'))
      expect(line).toMatch(/^# (HELP|TYPE) \w+ \S|^\w+(\{\w+="\w+"\})? [\d.e+-]+$/);
  });
});

(hasRedis() ? describe : describe.skip)('with a queue that is down at the start', () => {
  it('the API opens, takes approvals, says what is missing, and rings when the queue is there', async () => {
    const redis = await ownRedis();
    const backplane = createBackplane({ databaseUrl: under.test.url, redisUrl: redis.url });
    const api = createApi({ database: under.test.database, backplane, settings, logger: silentLogger() });
    await api.start();
    try {
      const missing = await read<Readiness>(await fetch(`${api.url}/readyz`));
      expect([missing.status, missing.body.checks.find(({ ok }) => !ok)?.name]).toEqual([503, 'queue']);
      const client = await under.client();
      const id = await storedPlan(under, client);
      expect((await callsOf(api, client.token).post(`/v1/plans/${id}/approve`)).status).toBe(200);
      await redis.start();
      await waitFor(async () => (await fetch(`${api.url}/readyz`)).ok, { what: 'the API to be ready' });
    } finally {
      await api.stop();
      await redis.stop();
    }
  });

  it('the API does not start with one that would lose jobs', async () => {
    const redis = await ownRedis({ policy: 'allkeys-lru' });
    await redis.start();
    const backplane = createBackplane({ databaseUrl: under.test.url, redisUrl: redis.url });
    const api = createApi({ database: under.test.database, backplane, settings, logger: silentLogger() });
    const refused = await api.start().catch((error: { code: string }) => error.code);
    await api.stop();
    await redis.stop();
    expect(refused).toBe('config_invalid');
  });
});
