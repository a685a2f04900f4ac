import { createBackplane } from '@lockstep/backplane';
import { openDatabase } from '@lockstep/database';
import { composeServices, gatewaySettings, reachable, runService } from '@lockstep/runtime';
import { createGateway } from './service/gateway';

runService({
  name: 'gateway',
  settings: gatewaySettings,
  build: ({ config, logger }) => {
    const database = openDatabase({ url: config.databaseUrl });
    const postgres = reachable({ what: 'Postgres', ask: database.ping, close: database.stop, logger });
    const gateway = createGateway({
      database,
      backplane: createBackplane({ ...config, logger }),
      settings: config,
      logger,
    });
    return composeServices([postgres, gateway]);
  },
});
