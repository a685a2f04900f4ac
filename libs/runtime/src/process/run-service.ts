import { processEnvironment } from '../config/host';
import { processSettings, type ProcessConfig } from '../config/services';
import { combineSettings, readConfig, type Environment, type Setting, type SettingsGroup } from '../config/setting';
import { createLogger, type Logger } from '../logging/logger';
import { exitCodeOf, runProcess } from './run-process';
import type { Service } from './service';

export interface ServiceDefinition<T> {
  /** `api`, `executor`, `gateway`: stands in every log line. */
  readonly name: string;
  readonly settings: SettingsGroup<T>;
  readonly build: (parts: { readonly config: Readonly<T & ProcessConfig>; readonly logger: Logger }) => Service;
}

/**
 * The whole of a `main.ts`: reads the configuration, makes the logger, builds the service and runs it until the process ends.
 * A configuration that is refused goes to stderr as plain text, every fault at once, with exit status 2.
 * `--exit-with-parent` on the command line is the same as LOCKSTEP_EXIT_WITH_PARENT=true.
 */
export function runService<T>(
  { name, settings, build }: ServiceDefinition<T>,
  env: Environment = processEnvironment(),
): void {
  try {
    const group = combineSettings(settings, processSettings);
    const config = readConfig(group, env) as Readonly<T & ProcessConfig>;
    const logger = createLogger({ service: name, level: config.logLevel, secrets: secretValues(group, config) });
    runProcess(build({ config, logger }), { logger, config });
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}

function secretValues(group: { readonly fields: object }, config: object): string[] {
  const fields = Object.entries(group.fields as Record<string, Setting<unknown>>).filter(
    ([, setting]) => setting.secret,
  );
  return fields.map(([key]) => (config as Record<string, unknown>)[key]).filter((value) => typeof value === 'string');
}
