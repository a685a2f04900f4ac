import { createBackplane } from '@lockstep/backplane';
import { openDatabase } from '@lockstep/database';
import { apiSettings, composeServices, reachable, runService } from '@lockstep/runtime';
import { createApi } from './api';

runService({
  name: 'api',
  settings: apiSettings,
  build: ({ config, logger }) => {
    const database = openDatabase({ url: config.databaseUrl });
    const postgres = reachable({ what: 'Postgres', ask: database.ping, close: database.stop, logger });
    const api = createApi({ database, backplane: createBackplane({ ...config, logger }), settings: config, logger });
    return composeServices([postgres, api]);
  },
});
