import { isFault } from '@lockstep/contracts';
import { retryWithBackoff } from '@lockstep/runtime';
import type { BackplaneParts, PartsOptions } from '../parts';
import { migrateQueue } from './migrate';
import { postgresNudgeTransport } from './nudges';
import { postgresQueueDriver } from './queue';

/** The Postgres side: BullMQ's own backend in a schema of its own, and LISTEN/NOTIFY. */
export function postgresParts({
  databaseUrl,
  namespace,
  times,
  logger,
}: PartsOptions & { readonly databaseUrl: string }): BackplaneParts {
  const schema = `${namespace}_queue`;
  const onError = (err: Error) => logger.debug({ err }, 'Postgres queue fault');
  const driver = postgresQueueDriver({ databaseUrl, schema, times, onError });
  return {
    kind: 'postgres',
    driver,
    transport: postgresNudgeTransport({
      databaseUrl,
      notifyChannel: `${namespace}_nudge`,
      commandMs: times.commandMs,
      logger,
    }),
    ready: (signal) =>
      retryWithBackoff(() => migrateQueue(databaseUrl, schema, 5_000), {
        signal,
        isRetryable: (error) => !isFault(error, 'config_invalid'),
        onRetry: (err, attempt) => attempt % 3 === 0 && logger.warn({ err }, 'waiting for Postgres'),
      }),
    check: async () => void (await (await driver.queue('stages')).getJobCounts('active')),
    close: () => driver.close(),
  };
}
