import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStack, type Stack } from '../stack';
import type { BackplaneKind, Drill, Scene, Servers } from './drill';
import { randomOf } from './random';
import { rest } from './runs';
import { startBreakablePostgres } from './servers/postgres';
import { hasRedis, startBreakableRedis } from './servers/redis';

export interface HarnessOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly short: boolean;
  /** Armed in every service: protections that are taken out. */
  readonly failpoints?: readonly string[];
  /** Where the logs of a drill that failed are kept. */
  readonly logs?: string;
}

export interface Outcome {
  readonly drill: string;
  readonly on: BackplaneKind;
  readonly passed: boolean;
  readonly seconds: number;
  readonly figures: Readonly<Record<string, number | string>>;
  readonly fault?: string;
}

/** The servers that drills break. */
export async function startServers(): Promise<Servers & { stop(): Promise<void> }> {
  const [postgres, redis] = await Promise.all([
    startBreakablePostgres(),
    hasRedis() ? startBreakableRedis() : undefined,
  ]);
  return { postgres, redis, stop: async () => void (await Promise.all([postgres.stop(), redis?.stop()])) };
}

/** Plays one drill on processes of its own, and asks the oracle. Never throws: what went wrong is in the outcome. */
export async function playDrill(
  servers: Servers,
  drill: Drill,
  kind: BackplaneKind,
  options: HarnessOptions,
): Promise<Outcome> {
  const begun = performance.now();
  const figures: Record<string, number | string> = {};
  const done = (fault?: string): Outcome => ({
    drill: drill.name,
    on: kind,
    passed: fault === undefined,
    seconds: Math.round((performance.now() - begun) / 100) / 10,
    figures,
    ...(fault === undefined ? {} : { fault }),
  });
  let stack: Stack | undefined;
  const undone: (() => void)[] = [];
  try {
    stack = await open(servers, drill, kind, options);
    const scene = sceneOf(stack, { servers, drill, kind, options, figures, undone });
    await drill.play(scene);
    await rest(scene);
    return done();
  } catch (error) {
    if (stack && options.logs) keepLogs(join(options.logs, `${drill.name}-${kind}`), stack);
    return done(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await close(servers, stack);
    undone.forEach((undo) => undo());
  }
}

const open = (servers: Servers, { stack }: Drill, kind: BackplaneKind, options: HarnessOptions): Promise<Stack> =>
  startStack({
    ...stack,
    postgresUrl: servers.postgres.url,
    ...(kind === 'redis' && servers.redis ? { redisUrl: servers.redis.url } : {}),
    env: { ...stack.env, ...environmentOf(options.failpoints ?? []) },
  });

const environmentOf = (failpoints: readonly string[]): Record<string, string> =>
  failpoints.length === 0 ? {} : { LOCKSTEP_FAILPOINTS: failpoints.join(',') };

interface Parts {
  readonly servers: Servers;
  readonly drill: Drill;
  readonly kind: BackplaneKind;
  readonly options: HarnessOptions;
  readonly figures: Record<string, number | string>;
  readonly undone: (() => void)[];
}

const sceneOf = (stack: Stack, { servers, drill, kind, options, figures, undone }: Parts): Scene => ({
  kind,
  stack,
  servers,
  random: randomOf(options.seed, `${drill.name} on ${kind}`),
  rounds: options.rounds,
  short: options.short,
  api: stack.api,
  armed: (...failpoints) => environmentOf([...(options.failpoints ?? []), ...failpoints]),
  defer: (undo) => void undone.push(undo),
  note: (name, value) => void (figures[name] = value),
});

/** Brings back whatever the drill left broken, so that everything can end in order. */
async function close(servers: Servers, stack: Stack | undefined): Promise<void> {
  servers.redis?.unhang();
  await Promise.all([servers.postgres.start(), servers.redis?.start()]);
  for (const { child } of stack?.executors ?? []) child.kill('SIGCONT');
  await stack?.stop();
}

function keepLogs(folder: string, stack: Stack): void {
  mkdirSync(folder, { recursive: true });
  for (const service of [stack.api, ...stack.executors])
    writeFileSync(join(folder, `${service.name}.log`), service.log());
}
