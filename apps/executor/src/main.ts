import { createBackplane } from '@lockstep/backplane';
import { openDatabase } from '@lockstep/database';
import { composeServices, executorSettings, runService } from '@lockstep/runtime';
import { createExecutor } from './executor';

runService({
  name: 'executor',
  settings: executorSettings,
  build: ({ config, logger }) => {
    const database = openDatabase({ url: config.databaseUrl, poolSize: 4 + 2 * config.concurrency });
    const backplane = createBackplane({ ...config, logger });
    const connection = { start: () => Promise.resolve(), stop: () => database.stop() };
    return composeServices([connection, backplane, createExecutor({ database, backplane, config, logger })]);
  },
});
