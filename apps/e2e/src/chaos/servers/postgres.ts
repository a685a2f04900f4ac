import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@lockstep/database';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@lockstep/database/embedded';
import { freePort, waitFor } from '@lockstep/testing';
import { Client } from 'pg';

/** A Postgres of the harness's own that writes to the disk as production does, and that it may crash and bring back. */
export interface BreakablePostgres {
  /** The database `postgres`; stacks clone `lockstep_template` beside it. */
  readonly url: string;
  /** Ends every process of the server at once, without a checkpoint. */
  crash(): Promise<void>;
  start(): Promise<void>;
  /** An orderly end; the data stays. */
  halt(): Promise<void>;
  /** The end of everything, the data's too. */
  stop(): Promise<void>;
  /** A copy of the stopped cluster's files. @param folder does not exist yet */
  copyTo(folder: string): void;
  /** The stopped cluster's files become those of an earlier copy. */
  replaceBy(folder: string): void;
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
    halt: async () => {
      await server?.stop();
      server = undefined;
    },
    stop: async () => {
      await server?.stop();
      server = undefined;
      rmSync(folderInUse, { recursive: true, force: true });
    },
    copyTo: (target) => copyFolder(folderInUse, target),
    replaceBy: (source) => {
      rmSync(folderInUse, { recursive: true, force: true });
      copyFolder(source, folderInUse);
    },
  };
}

/** With owners, rights and times, which a server insists on. */
const copyFolder = (from: string, to: string): void => void execFileSync('cp', ['-a', from, to]);

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
