import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { Fault } from '@lockstep/contracts';

/** Any number will do, as long as it is ours: one migration runner at a time. */
const lockKey = 7_065_341_992;

const bookkeeping = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL,
  logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0
)`;

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The repository's `prisma/migrations`, at the same place from `src` and from `dist`. */
export const migrationsFolder = join(__dirname, '..', '..', '..', 'prisma', 'migrations');

export function readMigrations(folder = migrationsFolder): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'migration.sql')))
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql: text, checksum: createHash('sha256').update(text).digest('hex') };
    });
}

/**
 * Applies what is missing, each migration in a transaction of its own, under an advisory lock, and returns the applied names. Writes
 * Prisma's own bookkeeping rows, so that `prisma migrate deploy` agrees where its engine can run (ADR 0007).
 */
export async function migrate(url: string, migrations = readMigrations()): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
    await client.query(bookkeeping);
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
    const missing = migrations.filter(({ name, checksum }) => !isApplied(name, checksum, applied));
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.end(); // gives the lock back
  }
}

function isApplied(name: string, checksum: string, applied: ReadonlyMap<string, string>): boolean {
  const known = applied.get(name);
  if (known === undefined) return false;
  if (known !== checksum) {
    throw new Fault(
      'config_invalid',
      `The migration ${name} was changed after it had been applied to this database. Put its text back and add a new migration instead.`,
    );
  }
  return true;
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(
      'INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)',
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new Fault('internal', `The migration ${name} failed and was rolled back: ${(cause as Error).message}`, [], {
      cause,
    });
  }
}
