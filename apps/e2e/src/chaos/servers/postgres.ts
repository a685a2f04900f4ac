import { cpSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@lockstep/database';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@lockstep/database/embedded';
import { waitFor } from '@lockstep/testing';
import { Client } from 'pg';
import { freePort } from './free-port';

/** A Postgres of the harness's own that writes to the disk as production does, and that it may crash and bring back. */
export interface BreakablePostgres {
  /** The database `postgres`; stacks clone `lockstep_template` beside it. */
  readonly url: string;
  /** Ends every process of the server at once, without a checkpoint. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A copy of the stopped cluster's files. @param folder does not exist yet */
  copyTo(folder: string): void;
  query(url: string, text: string): Promise<readonly Record<string, unknown>[]>;
}

export async function startBreakablePostgres(folder?: string): Promise<BreakablePostgres> {
  const dataDir = folder ?? join(tmpdir(), `lockstep-chaos-${process.pid}-${Date.now() % 1_000_000}`);
  const port = await freePort();
  const open = (): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ dataDir, port, maxConnections: 300 });
  let server: EmbeddedPostgres | undefined = await open();
  const { url, dataDir: folderInUse } = server;
  if (folder === undefined) await migrate(await server.createDatabase('lockstep_template'));
  return {
    url,
    query,
    crash: async () => {
      const { pid } = server ?? fail('it is down');
      server = undefined;
      process.kill(pid, 'SIGQUIT');
      await waitFor(() => isGone(pid), { what: 'Postgres to be gone', everyMs: 10 });
    },
    start: async () => void (server ??= await open()),
    stop: async () => {
      await server?.stop();
      server = undefined;
      rmSync(folderInUse, { recursive: true, force: true });
    },
    copyTo: (target) => cpSync(folderInUse, target, { recursive: true, preserveTimestamps: true }),
  };
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const fail = (why: string): never => {
  throw new Error(`Postgres cannot be crashed: ${why}`);
};
