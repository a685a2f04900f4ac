import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultClaudeBinary } from '@lockstep/agent';
import { createClient, type Client } from '@lockstep/client';
import { issueToken, openDatabase, type Database } from '@lockstep/database';
import { freePort, startOfflineModelProcess } from '@lockstep/testing';
import { startChild, type Child } from './children';
import type { Servers } from './servers';

export type BackplaneKind = 'postgres' | 'redis';

export interface StackOptions {
  readonly backplane: BackplaneKind;
  /** `scripted`: a program in Claude's place that answers at once and says when it wrote what; `claude`: the real binary. */
  readonly agent: 'scripted' | 'claude';
  readonly executors?: number;
  readonly concurrency?: number;
}

/** The whole of Lockstep as real processes on loopback, with a database of its own. */
export interface Stack {
  readonly url: string;
  readonly feedUrl: string;
  readonly token: string;
  readonly databaseUrl: string;
  readonly database: Database;
  readonly client: Client;
  readonly backplane: BackplaneKind;
  readonly redisUrl: string | null;
  readonly namespace: string;
  readonly modelUrl: string;
  readonly gatewayPid: number;
  readonly root: string;
  /** What the services said, for an error that should tell more. */
  readonly logs: () => string;
  stop(): Promise<void>;
}

let started = 0;
const distOf = (app: string): string => join(__dirname, '..', '..', '..', app, 'dist', 'main.js');

export async function startStack(servers: Servers, options: StackOptions): Promise<Stack> {
  const name = `bench${(started += 1)}`;
  const root = join(servers.root, name);
  mkdirSync(root);
  const databaseUrl = await servers.freshDatabase(name);
  const database = openDatabase({ url: databaseUrl, poolSize: 4 });
  const model = await startOfflineModelProcess({ mode: 'follow' });
  const redisUrl = options.backplane === 'redis' ? servers.redisUrl : null;
  const namespace = `${name}x${process.pid}`;
  const services = new Services(environment({ root, databaseUrl, redisUrl, namespace, modelUrl: model.url }));
  const stop = async (): Promise<void> => {
    await services.end();
    await model.stop();
    await database.stop();
  };
  try {
    const { token } = await issueToken(database, { team: 'bench', name: 'bench' });
    const { url, feedUrl, gatewayPid } = await services.startAll(root, options);
    const client = createClient({ url, feedUrl, token });
    const shown = { url, feedUrl, token, databaseUrl, database, client, redisUrl, namespace, gatewayPid, root };
    return { ...shown, backplane: options.backplane, modelUrl: model.url, logs: () => services.logs(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The processes of one Lockstep. */
class Services {
  private readonly children: Child[] = [];

  constructor(private readonly env: Readonly<Record<string, string>>) {}

  async startAll(
    root: string,
    { agent, executors = 1, concurrency = 1 }: StackOptions,
  ): Promise<Pick<Stack, 'url' | 'feedUrl' | 'gatewayPid'>> {
    const claude = agent === 'scripted' ? scriptedAgent(root) : (defaultClaudeBinary() ?? '');
    const [port, feedPort] = [await freePort(), await freePort()];
    const [, gateway] = await Promise.all([
      this.start('api', { PORT: String(port) }),
      this.start('gateway', { PORT: String(feedPort) }),
    ]);
    const executor = (index: number): Promise<Child> =>
      this.start('executor', {
        WORKSPACE_ROOT: join(root, `executor-${index}`),
        EXECUTOR_ID: `executor-${index}`,
        EXECUTOR_CONCURRENCY: String(concurrency),
        CLAUDE_BIN: claude,
      });
    await Promise.all(Array.from({ length: executors }, (_, index) => executor(index)));
    return {
      url: `http://127.0.0.1:${port}`,
      feedUrl: `ws://127.0.0.1:${feedPort}/v1/feed`,
      gatewayPid: gateway.pid,
    };
  }

  logs(): string {
    return this.children.map((child) => child.log().slice(-6000)).join('\n');
  }

  async end(): Promise<void> {
    await Promise.all(this.children.map((child) => child.end()));
  }

  private async start(service: string, extra: Readonly<Record<string, string>>): Promise<Child> {
    const child = await startChild(service, [process.execPath, distOf(service)], {
      env: { ...this.env, ...extra },
      ready: '"msg":"started"',
    });
    this.children.push(child);
    return child;
  }
}

interface Place {
  readonly root: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly namespace: string;
  readonly modelUrl: string;
}

const environment = ({ root, databaseUrl, redisUrl, namespace, modelUrl }: Place): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: root,
  DATABASE_URL: databaseUrl,
  ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
  LOCKSTEP_NAMESPACE: namespace,
  LOCKSTEP_ALLOW_LOCAL_REPOSITORIES: 'true',
  LOCKSTEP_EXIT_WITH_PARENT: 'true',
  ANTHROPIC_BASE_URL: modelUrl,
  LOG_LEVEL: 'info',
});

/** A launcher that is executable wherever the bench was unpacked. */
function scriptedAgent(root: string): string {
  const file = join(root, 'agent');
  const program = join(__dirname, '..', 'agent', 'main.js');
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}
