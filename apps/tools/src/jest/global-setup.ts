import { migrate } from '@lockstep/database';
import { startEmbeddedPostgres } from '@lockstep/database/embedded';
import { hasRedis, ownRedis, type OwnRedis } from '@lockstep/testing';

/** What the whole test run shares: one Postgres with a migrated template, and one Redis where the machine has a server. */
export interface SharedServices {
  readonly stopPostgres: () => Promise<void>;
  readonly stopRedis: (() => Promise<void>) | null;
}

declare global {
  var lockstepTestServices: SharedServices | undefined;
}

export default async function globalSetup(): Promise<void> {
  const [postgres, redis] = await Promise.all([startEmbeddedPostgres({ maxConnections: 400 }), startRedis()]);
  await migrate(await postgres.createDatabase('lockstep_template'));
  process.env['LOCKSTEP_TEST_DATABASE_URL'] = postgres.url;
  if (redis) process.env['LOCKSTEP_TEST_REDIS_URL'] = redis.url;
  globalThis.lockstepTestServices = { stopPostgres: () => postgres.stop(), stopRedis: redis?.stop ?? null };
}

async function startRedis(): Promise<OwnRedis | null> {
  if (!hasRedis()) return null;
  const redis = await ownRedis();
  await redis.start();
  return redis;
}
