import { isFault } from '@lockstep/contracts';
import type { ProcessConfig } from '../config/services';
import { armFailpoints } from '../failpoint/failpoint';
import type { Logger } from '../logging/logger';
import { onParentGone } from './parent';
import type { Service } from './service';

export interface RunProcessOptions {
  readonly logger: Logger;
  readonly config: Pick<ProcessConfig, 'exitWithParent' | 'failpoints'>;
  /** After the second signal, or the parent's end: how long `stop` may still take before the process exits anyway. Default 5 s. */
  readonly hurryMs?: number;
}

/** 2 for a wrong configuration, as for a wrong command line; 1 for everything else. */
export const exitCodeOf = (error: unknown): number => (isFault(error, 'config_invalid') ? 2 : 1);

/**
 * Runs a service until the process ends; never returns. The first SIGTERM or SIGINT stops it in its own time, the second aborts
 * `hurry`, the third exits at once. Exit status: 0 after an orderly stop, 1 when starting or stopping failed or on an unhandled
 * rejection or exception, 2 for `config_invalid`.
 */
export function runProcess(service: Service, options: RunProcessOptions): void {
  armFailpoints(options.config.failpoints);
  const ending = new Ending(service, options);
  process.on('SIGTERM', () => ending.ask('SIGTERM'));
  process.on('SIGINT', () => ending.ask('SIGINT'));
  process.on('unhandledRejection', (error) => ending.fail(error, 'A promise was rejected and nobody looked'));
  process.on('uncaughtException', (error) => ending.fail(error, 'An exception was thrown and nobody caught it'));
  if (options.config.exitWithParent) onParentGone(() => ending.hurry('the parent process is gone'));
  service.start().then(
    () => {
      options.logger.info('started');
      // A parent that listens need not read the log to know.
      process.send?.({ type: 'started' });
    },
    (error: unknown) => ending.startFailed(error),
  );
}

/** The way out of a process: asked, hurried, or failed. */
class Ending {
  private readonly patience = new AbortController();
  private asked = 0;

  constructor(
    private readonly service: Service,
    private readonly options: RunProcessOptions,
  ) {}

  ask(reason: string): void {
    this.asked += 1;
    if (this.asked === 1) this.stop(reason);
    else if (this.asked === 2) this.hurry(reason);
    else process.exit(1);
  }

  hurry(reason: string): void {
    this.options.logger.warn({ reason }, 'stopping in a hurry');
    this.patience.abort();
    setTimeout(() => process.exit(1), this.options.hurryMs ?? 5_000).unref();
    if (this.asked === 0) this.stop(reason);
  }

  fail(error: unknown, what: string): void {
    this.options.logger.fatal({ err: error }, what);
    process.exit(exitCodeOf(error));
  }

  /** A start that is given up because the process was told to stop is no failure. */
  startFailed(error: unknown): void {
    if (this.asked > 0) return;
    this.asked = 1;
    this.options.logger.fatal({ err: error }, 'could not start');
    setTimeout(() => process.exit(exitCodeOf(error)), this.options.hurryMs ?? 5_000).unref();
    this.finish(exitCodeOf(error));
  }

  private stop(reason: string): void {
    this.asked = Math.max(1, this.asked);
    this.options.logger.info({ reason }, 'stopping');
    this.finish(0);
  }

  private finish(code: number): void {
    this.service.stop(this.patience.signal).then(
      () => process.exit(code),
      (error: unknown) => this.fail(error, 'could not stop in order'),
    );
  }
}
