import { Client } from 'pg';
import type { BackplaneOptions } from '../create-backplane';
import { startPostgres, type PostgresDatabase } from './postgres-server';
import { hasRedis, startRedis, type RedisServer } from './redis-server';

/** A real server with the faults that the suites need, the same words for both kinds. */
export interface Stage {
  readonly options: Pick<BackplaneOptions, 'databaseUrl' | 'redisUrl'>;
  /** No connection lives, none can be made. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** The queue takes commands and answers none. */
  hang(): Promise<void>;
  unhang(): Promise<void>;
  /** The queue forgets every job, also the active ones. */
  wipe(): Promise<void>;
  /** Takes the locks of active jobs away from their consumers. */
  breakLocks(): Promise<void>;
  /** Ends the connections that listen for nudges. */
  cutListeners(): Promise<void>;
  stop(): Promise<void>;
}

const redisStage = (redis: RedisServer): Stage => ({
  options: { redisUrl: redis.url, databaseUrl: 'postgresql://127.0.0.1:1/unused' },
  down: () => redis.kill(),
  up: () => redis.start(),
  hang: async () => redis.signal('SIGSTOP'),
  unhang: async () => redis.signal('SIGCONT'),
  wipe: async () => void (await redis.client().flushall()),
  breakLocks: async () => {
    const locks = await redis.client().keys('*:lock');
    await redis.client().del(locks);
  },
  cutListeners: async () => void (await redis.client().call('CLIENT', 'KILL', 'TYPE', 'pubsub')),
  stop: () => redis.stop(),
});

const cut = (database: string, which: string) =>
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND ${which}`;

function postgresStage(database: PostgresDatabase): Stage {
  let blocker: Client | undefined;
  return {
    options: { databaseUrl: database.url },
    down: async () => {
      await database.admin(`ALTER DATABASE ${database.name} WITH ALLOW_CONNECTIONS false`);
      await database.admin(cut(database.name, 'true'));
    },
    up: () => database.admin(`ALTER DATABASE ${database.name} WITH ALLOW_CONNECTIONS true`),
    hang: async () => {
      blocker = new Client({ connectionString: database.url });
      await blocker.connect();
      await blocker.query('BEGIN');
      await blocker.query('LOCK TABLE lockstep_queue.job IN ACCESS EXCLUSIVE MODE');
    },
    unhang: async () => blocker?.end(),
    wipe: async () => void (await database.query('TRUNCATE lockstep_queue.job CASCADE')),
    breakLocks: async () =>
      void (await database.query(
        "UPDATE lockstep_queue.job SET lock_token = 'somebody else', locked_until_ms = 0 WHERE lock_token IS NOT NULL",
      )),
    cutListeners: () => database.admin(cut(database.name, "application_name = 'lockstep_nudge'")),
    stop: () => database.stop(),
  };
}

export const stageKinds: readonly ('redis' | 'postgres')[] = hasRedis() ? ['redis', 'postgres'] : ['postgres'];

export const openStage = async (kind: 'redis' | 'postgres'): Promise<Stage> =>
  kind === 'redis' ? redisStage(await startRedis()) : postgresStage(await startPostgres());
