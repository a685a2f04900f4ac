import { isFault } from '@lockstep/contracts';
import { openDatabase, renewEpoch } from '@lockstep/database';
import { databaseSettings, readConfig } from '@lockstep/runtime';

/** `npm run after-restore`: to be run once after the database was restored from a backup, while no service runs (docs/runbook.md). */
async function main(): Promise<void> {
  const database = openDatabase({ url: readConfig(databaseSettings).databaseUrl });
  try {
    const { epoch, running } = await renewEpoch(database);
    process.stdout.write(`The epoch is ${epoch} now; ${running} runs go on from their last kept step.\n`);
  } finally {
    await database.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${isFault(error) || error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
