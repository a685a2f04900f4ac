import { createBackplane } from '@lockstep/backplane';
import { openDatabase } from '@lockstep/database';
import { apiSettings, composeServices, retryWithBackoff, runService, type Service } from '@lockstep/runtime';
import { createApi } from './api';

/** How often Postgres is asked before the start is given up: half a minute, as long as it takes to come back from a restart. */
const attempts = 20;

runService({
  name: 'api',
  settings: apiSettings,
  build: ({ config, logger }) => {
    const database = openDatabase({ url: config.databaseUrl });
    const giveUp = new AbortController();
    const onRetry = (err: unknown) => logger.warn({ err }, 'waiting for Postgres');
    const pool: Service = {
      start: () => retryWithBackoff(() => database.ping(), { attempts, maxMs: 2_000, signal: giveUp.signal, onRetry }),
      stop: async () => {
        giveUp.abort();
        await database.stop();
      },
    };
    const api = createApi({ database, backplane: createBackplane({ ...config, logger }), settings: config, logger });
    return composeServices([pool, api]);
  },
});
