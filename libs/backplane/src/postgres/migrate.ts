import { Fault, isFault } from '@lockstep/contracts';
import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
  UnsupportedPostgresVersionError,
} from 'bullmq';
import { Client } from 'pg';

/** Postgres' codes for a refused login. Waiting does not mend them. */
const loginRefused = new Set(['28000', '28P01']);

/**
 * Brings BullMQ's tables, in a schema of their own, to the version of this build; under an advisory lock, so any number of processes
 * may do it at once. Rejects with `config_invalid` when trying again cannot help, else with `database_unavailable`.
 */
export async function migrateQueue(databaseUrl: string, schema: string, connectMs: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: connectMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    if ((await presentVersion(client, schema)) < LATEST_SCHEMA_VERSION) await runMigrations(client, schema);
  } catch (error) {
    throw asFault(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function presentVersion(client: Client, schema: string): Promise<number> {
  try {
    return await assertSchemaCompatibility(client, schema);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    throw error;
  }
}

function asFault(error: unknown): Fault {
  if (isFault(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  const code = (error as { readonly code?: unknown }).code;
  const final =
    error instanceof SchemaVersionMismatchError ||
    error instanceof UnsupportedPostgresVersionError ||
    (typeof code === 'string' && loginRefused.has(code));
  if (final)
    return new Fault(
      'config_invalid',
      `Postgres cannot carry the queue: ${why}. Mend DATABASE_URL or the server it names.`,
      [],
      { cause: error },
    );
  return new Fault('database_unavailable', `Postgres cannot be used yet: ${why || String(code)}.`, [], {
    cause: error,
  });
}
