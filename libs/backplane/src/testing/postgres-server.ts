import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

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

/** The server that the workspace's Jest set-up starts for all specs. */
function serverUrl(): string {
  const given = process.env['LOCKSTEP_TEST_DATABASE_URL'];
  if (!given)
    throw new Error('LOCKSTEP_TEST_DATABASE_URL is not set: it names a Postgres on which a spec may create databases.');
  return given;
}

export async function startPostgres(): Promise<PostgresDatabase> {
  const server = serverUrl();
  const name = `backplane_${randomBytes(6).toString('hex')}`;
  await run(onServer(server, 'postgres'), `CREATE DATABASE ${name}`);
  const url = onServer(server, name);
  const admin = async (text: string) => void (await run(onServer(server, 'postgres'), text));
  return {
    url,
    name,
    query: (text, values) => run(url, text, values),
    admin,
    stop: () => admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}
