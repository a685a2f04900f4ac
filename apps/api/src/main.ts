import { createBackplane } from '@lockstep/backplane';
import { openDatabase } from '@lockstep/database';
import { apiSettings, composeServices, runService, type Service } from '@lockstep/runtime';
import { createApi } from './api';

runService({
  name: 'api',
  settings: apiSettings,
  build: ({ config, logger }) => {
    const database = openDatabase({ url: config.databaseUrl });
    const pool: Service = { start: () => database.ping(), stop: () => database.stop() };
    const api = createApi({ database, backplane: createBackplane({ ...config, logger }), settings: config, logger });
    return composeServices([pool, api]);
  },
});
