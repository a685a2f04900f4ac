import { pino, type Logger as PinoLogger } from 'pino';
import type { ProcessConfig } from '../config/services';
import { correlationIds } from './correlation';
import { scrub } from './scrub';

export type Logger = PinoLogger;

export interface LoggerOptions {
  /** Which service writes: `api`, `executor`, … */
  readonly service: string;
  readonly level?: ProcessConfig['logLevel'];
  /** Values to hide wherever they occur: keys and tokens that this process was given. */
  readonly secrets?: readonly string[];
  /** Where the lines go; stdout by default. */
  readonly destination?: { write(line: string): void };
}

/**
 * One JSON object a line: `{level, time, service, …correlation ids, …fields, msg}`, `level` by name and `time` in ISO 8601.
 * Secrets are hidden by key, by look and by value. Errors go under `err`: `logger.error({ err }, 'what could not be done')`.
 */
export function createLogger({ service, level = 'info', secrets = [], destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => ({ ...correlationIds() }),
    hooks: { streamWrite: (line: string) => scrub(line, secrets) },
  };
  return pino(options, destination ?? pino.destination({ fd: 1, sync: true }));
}

/** For specs and for libraries that nobody gave a logger. */
export const silentLogger = (): Logger => pino({ level: 'silent' });
