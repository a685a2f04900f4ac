import { createBackplane } from '@lockstep/backplane';
import { openDatabase } from '@lockstep/database';
import { composeServices, gatewaySettings, runService, type Service } from '@lockstep/runtime';
import { createGateway } from './service/gateway';

runService({
  name: 'gateway',
  settings: gatewaySettings,
  build: ({ config, logger }) => {
    const database = openDatabase({ url: config.databaseUrl });
    const pool: Service = { start: () => database.ping(), stop: () => database.stop() };
    const gateway = createGateway({
      database,
      backplane: createBackplane({ ...config, logger }),
      settings: config,
      logger,
    });
    return composeServices([pool, gateway]);
  },
});
