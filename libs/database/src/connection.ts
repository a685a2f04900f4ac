import { PrismaPg } from '@prisma/adapter-pg';
import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import { Fault, isFault } from '@lockstep/contracts';
import { PrismaClient } from './generated/client';
import { sql } from './sql';
import { underKey } from './under-key';

/**
 * One pool, two ways in: Prisma's client for reads and for rows without a state machine; named SQL statements for the guarded moves,
 * because a compare-and-set with its event is one statement and Prisma cannot state it (ADR 0008).
 */
export interface Database {
  readonly prisma: PrismaClient;
  /** Runs the statement of `sql/<name>.sql` on its own. */
  query<R extends QueryResultRow>(name: string, values?: readonly unknown[]): Promise<R[]>;
  /** All or nothing. Rolled back when `work` throws. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Resolves when the server answers. */
  ping(): Promise<void>;
  stop(): Promise<void>;
}

/** A transaction under way: named statements, one after the other. */
export interface Transaction {
  query<R extends QueryResultRow>(name: string, values?: readonly unknown[]): Promise<R[]>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly poolSize?: number;
  /** How long to wait for a connection before `database_unavailable`. */
  readonly connectTimeoutMs?: number;
  /**
   * How long a transaction may stand still between two statements before the server ends it, in milliseconds. A process that is stopped
   * or cut off in one keeps its locks otherwise, and no sweeper gets past them. Longer than any lease that is still worth something.
   */
  readonly standstillMs?: number;
}

/** Opens the pool; connects on first use. */
export function openDatabase({
  url,
  poolSize = 10,
  connectTimeoutMs = 5000,
  standstillMs = 30_000,
}: DatabaseOptions): Database {
  const pool = new Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idle_in_transaction_session_timeout: standstillMs,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced on next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
  let stopped: Promise<void> | undefined;
  return {
    prisma,
    query: async (name, values = []) => asFault(async () => (await pool.query(statement(name, values))).rows),
    transaction: (work) => asFault(() => transact(pool, work)),
    ping: async () => asFault(async () => void (await pool.query('SELECT 1'))),
    stop: () => (stopped ??= prisma.$disconnect().then(() => pool.end())),
  };
}

/** Named, so that Postgres parses each statement once a connection. */
const statement = (name: string, values: readonly unknown[]) => ({ name, text: sql(name), values: [...values] });

async function transact<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks outside a query reports it here; the next query on it fails and says so.
  const ignore = (): undefined => undefined;
  client.on('error', ignore);
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work({
      query: async (name, values = []) => (await client.query(statement(name, values))).rows,
    });
    const request = underKey.getStore();
    if (request) await client.query(statement('carried-out', [request.teamId, request.key]));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    broken = await rollBack(client);
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** SQLSTATE classes and socket errors that mean "the server isn't there now", not "the statement is wrong". */
const unavailable = /^(08|53|57P|ECONN|ETIMEDOUT|EPIPE|EAI_AGAIN|ENOTFOUND)/;

async function asFault<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isFault(error)) throw error;
    const { code, message } = error as { code?: string; message: string };
    const gone =
      (code !== undefined && unavailable.test(code)) ||
      /timeout exceeded when trying to connect|Connection terminated|not queryable/.test(message);
    if (!gone) throw error;
    throw new Fault(
      'database_unavailable',
      `Postgres cannot be reached (${message}). It is tried again; check DATABASE_URL and the server.`,
      [],
      { cause: error },
    );
  }
}
