import { isFault } from '@lockstep/contracts';
import { migrate } from '@lockstep/database';
import { databaseSettings, readConfig } from '@lockstep/runtime';

/** `npm run migrate`: brings the database that DATABASE_URL names up to date. Safe to run twice, and by several processes at once. */
async function main(): Promise<void> {
  const { databaseUrl } = readConfig(databaseSettings);
  const applied = await migrate(databaseUrl);
  process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${isFault(error) ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
