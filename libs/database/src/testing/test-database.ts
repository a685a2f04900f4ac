import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { openDatabase, type Database } from '../connection';

export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  stop(): Promise<void>;
}

/** A database of one's own, cloned from the migrated template of the test run (apps/tools/src/jest). */
export async function testDatabase(
  options: { readonly poolSize?: number; /** Another server that has the template. */ readonly server?: string } = {},
): Promise<TestDatabase> {
  const server = options.server ?? process.env['LOCKSTEP_TEST_DATABASE_URL'];
  if (!server)
    throw new Error(
      'LOCKSTEP_TEST_DATABASE_URL is not set: run the specs through Jest from the repository’s root, whose global set-up starts Postgres',
    );
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE lockstep_template`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = openDatabase({ url: url.href, ...options });
  const stop = async (): Promise<void> => {
    await database.stop();
    await onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  return { url: url.href, database, stop };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
