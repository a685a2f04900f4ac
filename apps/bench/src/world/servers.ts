import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@lockstep/database';
import { startEmbeddedPostgres } from '@lockstep/database/embedded';
import { hasRedis, ownRedis } from '@lockstep/testing';

/** What every measure shares: one Postgres that keeps its word on disk, as production's does, and one Redis where there is one. */
export interface Servers {
  /** A migrated database of one's own. */
  freshDatabase(name: string): Promise<string>;
  readonly redisUrl: string | null;
  /** A folder that goes with the bench. */
  readonly root: string;
  stop(): Promise<void>;
}

const template = 'bench_template';

export async function startServers(): Promise<Servers> {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir: `${root}-data`, maxConnections: 300 });
  await migrate(await postgres.createDatabase(template));
  const redis = await startRedis();
  return {
    freshDatabase: (name) => postgres.createDatabase(name, template),
    redisUrl: redis?.url ?? null,
    root,
    stop: async () => {
      await redis?.stop();
      await postgres.stop();
      for (const folder of [root, postgres.dataDir]) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The Redis that `REDIS_URL` names, else one of our own with the settings that production needs; null when there is none. */
async function startRedis(): Promise<{ url: string; stop: () => Promise<void> } | null> {
  const named = process.env['REDIS_URL'];
  if (named) return { url: named, stop: async () => undefined };
  if (!hasRedis()) return null;
  const redis = await ownRedis({ more: { appendonly: 'yes', appendfsync: 'everysec' } });
  await redis.start();
  return redis;
}
