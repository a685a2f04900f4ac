import { isFault } from '@lockstep/contracts';
import { issueToken, openDatabase } from '@lockstep/database';
import { databaseSettings, readConfig } from '@lockstep/runtime';

/** `npm run token -- TEAM NAME`: makes a bearer token of a team, and the team when it is missing. It is shown this once. */
async function main([team, name]: readonly string[]): Promise<void> {
  if (!team || !name)
    throw new Error(
      'Usage: npm run token -- TEAM NAME (who the token is for; it stands in the history of what it does)',
    );
  const database = openDatabase({ url: readConfig(databaseSettings).databaseUrl });
  try {
    process.stdout.write(`${(await issueToken(database, { team, name })).token}\n`);
  } finally {
    await database.stop();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${isFault(error) || error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
