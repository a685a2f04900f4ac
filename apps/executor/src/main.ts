import { createBackplane } from '@lockstep/backplane';
import { openDatabase } from '@lockstep/database';
import { composeServices, createHealth, executorSettings, reachable, runService } from '@lockstep/runtime';
import { createExecutor } from './executor';
import { addChecks } from './health/checks';
import { createHealthServer } from './health/server';

runService({
  name: 'executor',
  settings: executorSettings,
  build: ({ config, logger }) => {
    const database = openDatabase({ url: config.databaseUrl, poolSize: 4 + 2 * config.concurrency });
    const backplane = createBackplane({ ...config, logger });
    const postgres = reachable({ what: 'Postgres', ask: database.ping, close: database.stop, logger });
    const health = createHealth();
    addChecks(health, { database, backplane, config });
    const executor = createExecutor({ database, backplane, config, logger });
    const server = createHealthServer({ health, config, logger, busy: () => executor.busy });
    // Its health is told first: while something is missing above all.
    return composeServices([server, postgres, backplane, executor]);
  },
});
