import {
  apiSettings,
  backplaneSettings,
  clientSettings,
  databaseSettings,
  executorSettings,
  gatewaySettings,
  processSettings,
  renderSettings,
} from '@lockstep/runtime';

/** Every setting of every process, from the schemas that read them. */
export const configurationDocument = (): string =>
  [
    '# Configuration',
    'Made from the schemas in `libs/runtime/src/config`, the only place that reads the environment. A process refuses to start with a configuration that breaks a rule, and lists every fault at once. Run `npm run docs:generate` after a change.',
    renderSettings([
      processSettings,
      databaseSettings,
      backplaneSettings,
      apiSettings,
      gatewaySettings,
      executorSettings,
      clientSettings,
    ]),
  ].join('\n\n');
