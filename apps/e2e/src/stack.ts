import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@lockstep/client';
import { issueToken, type Database } from '@lockstep/database';
import { testDatabase } from '@lockstep/database/testing';
import {
  freePort,
  startOfflineModelProcess,
  waitFor,
  type ModelScript,
  type OfflineModelProcess,
} from '@lockstep/testing';

export interface StackOptions {
  readonly executors?: number;
  readonly concurrency?: number;
  /** Absent: the model follows the plan's own code blocks. */
  readonly script?: ModelScript;
  readonly redisUrl?: string;
  /** A Postgres with `lockstep_template`; that of the test run when left out. */
  readonly postgresUrl?: string;
  readonly gateway?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Short, so that a fault is noticed within a scenario; a lease still survives a machine that is busy for some seconds. */
const hasty = {
  LOCKSTEP_LEASE_MS: '5000',
  LOCKSTEP_HEARTBEAT_MS: '500',
  LOCKSTEP_SWEEP_INTERVAL_MS: '250',
  LOCKSTEP_KILL_GRACE_MS: '1000',
  LOCKSTEP_PRUNE_INTERVAL_MS: '500',
  LOCKSTEP_PROVIDER_WAIT_MS: '500',
  LOCKSTEP_API_RETRIES: '0',
};

/** One real process of Lockstep. */
export interface ServiceProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly log: () => string;
  readonly isAlive: () => boolean;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export interface ExecutorProcess extends ServiceProcess {
  readonly workspaceRoot: string;
}

/** The whole of Lockstep as real processes on loopback, with a database of its own. */
export interface Stack {
  readonly url: string;
  readonly feedUrl: string;
  readonly token: string;
  readonly teamId: string;
  readonly client: Client;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly namespace: string | undefined;
  readonly model: OfflineModelProcess;
  readonly executors: ExecutorProcess[];
  readonly root: string;
  /** One for each executor that was started without one of its own. */
  readonly workspaceRoots: string[];
  api: ServiceProcess;
  startExecutor(env?: Readonly<Record<string, string>>): Promise<ExecutorProcess>;
  /** Makes an empty file in the run's folder, wherever that is. */
  touch(runId: string, path: string): Promise<void>;
  startApi(env?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  startGateway(env?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  stop(): Promise<void>;
}

const dist = (app: string): string => join(__dirname, '..', '..', app, 'dist', 'main.js');

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-e2e-'));
  const [db, model, apiPort, feedPort] = await Promise.all([
    testDatabase({ poolSize: 4, ...(options.postgresUrl === undefined ? {} : { server: options.postgresUrl }) }),
    startOfflineModelProcess(options.script ? { mode: 'script', script: options.script } : { mode: 'follow' }),
    freePort(),
    freePort(),
  ]);
  const { token, teamId } = await issueToken(db.database, { team: 'e2e', name: 'e2e' });
  const namespace = options.redisUrl ? `e2e${process.pid}x${Date.now() % 1_000_000}` : undefined;
  const url = `http://127.0.0.1:${apiPort}`;
  const base = {
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    DATABASE_URL: db.url,
    ...hasty,
    ...(namespace === undefined ? {} : { REDIS_URL: options.redisUrl ?? '', LOCKSTEP_NAMESPACE: namespace }),
    LOCKSTEP_ALLOW_LOCAL_REPOSITORIES: 'true',
    LOCKSTEP_EXIT_WITH_PARENT: 'true',
    ANTHROPIC_BASE_URL: model.url,
    LOG_LEVEL: 'info',
    ...options.env,
  };
  const processes: ServiceProcess[] = [];
  const run = async (name: string, app: string, env: Readonly<Record<string, string>>): Promise<ServiceProcess> => {
    const started = await startService(name, dist(app), { ...base, ...env });
    processes.push(started);
    return started;
  };
  let executorNumber = 0;
  const executors: ExecutorProcess[] = [];
  const workspaceRoots: string[] = [];
  const startExecutor = async (env: Readonly<Record<string, string>> = {}): Promise<ExecutorProcess> => {
    const name = `executor-${++executorNumber}`;
    const workspaceRoot = env['WORKSPACE_ROOT'] ?? join(root, name);
    if (!workspaceRoots.includes(workspaceRoot)) workspaceRoots.push(workspaceRoot);
    const started = await run(name, 'executor', {
      WORKSPACE_ROOT: workspaceRoot,
      EXECUTOR_ID: name,
      EXECUTOR_CONCURRENCY: String(options.concurrency ?? 2),
      ...env,
    });
    const executor = { ...started, workspaceRoot };
    executors.push(executor);
    return executor;
  };
  const startApi = (env: Readonly<Record<string, string>> = {}) => run('api', 'api', { PORT: String(apiPort), ...env });
  const api = await startApi();
  const startGateway = (env: Readonly<Record<string, string>> = {}) =>
    run('gateway', 'gateway', { PORT: String(feedPort), ...env });
  if (options.gateway) await startGateway();
  await Promise.all(Array.from({ length: options.executors ?? 1 }, () => startExecutor()));
  return {
    url,
    client: createClient({ url, token }),
    databaseUrl: db.url,
    redisUrl: options.redisUrl,
    namespace,
    feedUrl: `ws://127.0.0.1:${feedPort}/v1/feed`,
    token,
    teamId,
    database: db.database,
    model,
    executors,
    workspaceRoots,
    root,
    api,
    startExecutor,
    startApi,
    touch: async (runId, path) => touchIn(workspaceRoots, runId, path),
    startGateway,
    stop: async () => {
      await Promise.all(processes.map((each) => each.end('SIGTERM')));
      await model.stop();
      await db.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Where executors work in a `WORKSPACE_ROOT`: the folder itself, and one in it for each further executor that shares it. */
export const placesIn = (root: string): string[] => [
  root,
  ...(existsSync(root) ? readdirSync(root) : [])
    .filter((name) => /^executor-\d+$/.test(name))
    .map((name) => join(root, name)),
];

function touchIn(roots: readonly string[], runId: string, path: string): void {
  const folder = roots
    .flatMap(placesIn)
    .map((place) => join(place, 'runs', runId))
    .find((each) => existsSync(each));
  if (folder === undefined) throw new Error(`No executor has a workspace of the run ${runId}`);
  writeFileSync(join(folder, path), '');
}

/** Starts a service and waits until it says so. */
async function startService(
  name: string,
  main: string,
  env: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [main], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const service: ServiceProcess = {
    name,
    child,
    log: () => text,
    isAlive: () => !gone(),
    end: async (signal = 'SIGTERM') => {
      if (gone()) return;
      child.kill(signal);
      await waitFor(gone, { what: `${name} to end after ${signal}`, timeoutMs: 60_000 }).catch((error: unknown) => {
        child.kill('SIGKILL');
        throw new Error(`${String(error)}\n${text.slice(-4000)}`);
      });
    },
  };
  await waitFor(() => gone() || text.includes('"msg":"started"'), { what: `${name} to start`, timeoutMs: 60_000 });
  if (gone()) throw new Error(`${name} did not start:\n${text}`);
  return service;
}
