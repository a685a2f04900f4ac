import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackplane, type Backplane } from '@lockstep/backplane';
import { testDatabase, type TestDatabase } from '@lockstep/database/testing';
import { createHealth, silentLogger } from '@lockstep/runtime';
import { waitFor } from '@lockstep/testing';
import { addChecks } from './checks';
import { createHealthServer, type HealthServer } from './server';

let test: TestDatabase;
let backplane: Backplane;
let root: string;
const servers: HealthServer[] = [];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-health-'));
  test = await testDatabase();
  backplane = createBackplane({ databaseUrl: test.url });
  await backplane.start();
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await backplane.stop();
  await test.stop();
  rmSync(root, { recursive: true, force: true });
});

interface Said {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail?: string }[];
}

async function serve(more: object = {}): Promise<HealthServer> {
  const config = { claudeBin: undefined, workspaceRoot: join(root, 'fine'), executorId: 'e', ...more };
  const health = createHealth({ limitMs: 5_000 });
  addChecks(health, { database: test.database, backplane, config });
  const shared = { health, logger: silentLogger(), busy: () => 1 };
  const server = createHealthServer({ ...shared, config: { healthPort: 0, host: '127.0.0.1', concurrency: 3 } });
  servers.push(server);
  await server.start();
  return server;
}
const ready = async ({ url }: HealthServer): Promise<Said> => (await fetch(`${url}/readyz`)).json() as Promise<Said>;

it('is ready when everything is there, alive in any case, and counts its slots', async () => {
  const server = await serve();
  const said = await waitFor(async () => ((await ready(server)).ok ? ready(server) : false), { what: 'readiness' });
  expect(said.checks.map(({ name }) => name)).toEqual(['database', 'queue', 'claude', 'git', 'workspace']);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(/^lockstep_executor_slots 3$/m);
  expect(metrics).toMatch(/^lockstep_executor_slots_busy 1$/m);
  expect((await fetch(`${server.url}/else`)).status).toBe(404);
});

it('names what is missing, and what to do', async () => {
  const file = join(root, 'a-file');
  writeFileSync(file, '');
  const server = await serve({ claudeBin: '/nowhere/claude', workspaceRoot: join(file, 'below') });
  const response = await fetch(`${server.url}/readyz`);
  expect(response.status).toBe(503);
  const missing = ((await response.json()) as Said).checks.filter(({ ok }) => !ok);
  expect(missing).toEqual([
    { name: 'claude', ok: false, detail: expect.stringContaining('/nowhere/claude') },
    { name: 'workspace', ok: false, detail: expect.stringContaining('WORKSPACE_ROOT=') },
  ]);
});

it('names the port that is taken', async () => {
  const { url } = await serve();
  const config = { healthPort: Number(new URL(url).port), host: '127.0.0.1', concurrency: 1 };
  const second = createHealthServer({ health: createHealth(), config, logger: silentLogger(), busy: () => 0 });
  await expect(second.start()).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining(`LOCKSTEP_EXECUTOR_PORT=${config.healthPort}`),
  });
  await second.stop();
});

it('listens nowhere without a port', async () => {
  const config = { healthPort: undefined, host: '127.0.0.1', concurrency: 1 };
  const server = createHealthServer({ health: createHealth(), config, logger: silentLogger(), busy: () => 0 });
  await server.start();
  expect(server.url).toBe('');
  await server.stop();
});
