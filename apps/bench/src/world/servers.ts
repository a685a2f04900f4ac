import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@lockstep/database';
import { startEmbeddedPostgres } from '@lockstep/database/embedded';
import { freePort, startChild } from './children';

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
const setpriv = '/usr/bin/setpriv';
/** A server that the bench's own death does not reach would stay. */
const endsWithUs = (existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL', '--'] : ['env']) as [string, ...string[]];

export async function startServers(): Promise<Servers> {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir: `${root}-data`, maxConnections: 300 });
  await migrate(await postgres.createDatabase(template));
  const redis = await startRedis(root);
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
async function startRedis(root: string): Promise<{ url: string; stop: () => Promise<void> } | null> {
  const named = process.env['REDIS_URL'];
  if (named) return { url: named, stop: async () => undefined };
  if (spawnSync('redis-server', ['--version']).status !== 0) return null;
  const port = await freePort();
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: root,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
  };
  const args = Object.entries({ ...settings, 'maxmemory-policy': 'noeviction' }).flatMap(([key, value]) => [
    `--${key}`,
    value,
  ]);
  const child = await startChild('redis-server', [...endsWithUs, 'redis-server', ...args], {
    env: { PATH: process.env['PATH'] ?? '' },
    ready: 'Ready to accept connections',
  });
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.end() };
}
