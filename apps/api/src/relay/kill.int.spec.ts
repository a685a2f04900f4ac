import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createBackplane } from '@lockstep/backplane';
import { testDatabase, type TestDatabase } from '@lockstep/database/testing';
import { waitFor } from '@lockstep/testing';
import { clientOf, kinds, ownNamespace, type BackplaneKind } from '../testing/api-under-test';
import { newProject, planText } from '../testing/fixtures';

const root = join(__dirname, '../../../..');

interface Child {
  readonly process: ChildProcess;
  readonly url: string;
  readonly end: Promise<NodeJS.Signals | number | null>;
}

/** The API as a process of its own, from source. */
async function startChild(env: Record<string, string>): Promise<Child> {
  const runner = [join(root, 'libs/runtime/testing/run-ts.mjs'), join(root, 'apps/api/src/main.ts')];
  const child = spawn(process.execPath, runner, {
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const hear = (text: Buffer) => void (said += text.toString());
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const end = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code)),
  );
  const url = await waitFor(() => /"url":"(http[^"]+)"/.exec(said)?.[1], {
    what: 'the API to listen',
    timeoutMs: 20_000,
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${said}`);
  });
  return { process: child, url, end };
}

describe.each(kinds)('the API as a process, on %s', (kind: BackplaneKind) => {
  let test: TestDatabase;
  beforeAll(async () => void (test = await testDatabase()));
  afterAll(() => test.stop());

  it('killed between its commit and the queue, rings after the restart', async () => {
    const redisUrl = kind === 'redis' ? process.env['LOCKSTEP_TEST_REDIS_URL'] : undefined;
    const namespace = ownNamespace();
    // So seldom that the restart is what rings, and not a look that happens to come in between.
    const env = {
      DATABASE_URL: test.url,
      LOCKSTEP_NAMESPACE: namespace,
      LOCKSTEP_RELAY_INTERVAL_MS: '60000',
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    };
    const doomed = await startChild({ ...env, LOCKSTEP_FAILPOINTS: 'api.after-commit=kill' });
    const client = await clientOf(doomed, test);
    const { id: projectId } = await newProject(client);
    const plan = await client.post<{ id: string }>('/v1/plans', { projectId, document: planText() });
    await expect(client.post(`/v1/plans/${plan.body.id}/approve`)).rejects.toThrow();
    expect(await doomed.end).toBe('SIGKILL');
    const run = await test.database.prisma.run.findFirstOrThrow({ where: { planId: plan.body.id } });
    expect([run.status, await test.database.prisma.outbox.count({ where: { sentAt: null } })]).toEqual(['queued', 1]);

    const heir = await startChild(env);
    const backplane = createBackplane({ databaseUrl: test.url, namespace, ...(redisUrl ? { redisUrl } : {}) });
    await backplane.start();
    const heard: string[] = [];
    const hear = async ({ runId }: { runId: string }) => void heard.push(runId);
    backplane.consumer().consume({ 'stage.implementation': hear, 'stage.delivery': hear }, { concurrency: 1 });
    await waitFor(() => heard.includes(run.id), { what: 'the ring after the restart' });
    await backplane.stop();
    heir.process.kill('SIGTERM');
    expect(await heir.end).toBe(0);
  }, 60_000);
});
