import { createPostgresBackend, withBackend } from 'bullmq';
import type { BackplaneTimes } from '../ports';
import { queueCache, workerOptions, type QueueDriver } from '../queue/driver';

const { Queue, Worker } = withBackend(createPostgresBackend);

export interface PostgresQueueOptions {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly times: BackplaneTimes;
  readonly onError: (error: Error) => void;
}

/** BullMQ on Postgres. The tables exist already: `migrateQueue` made them. */
export function postgresQueueDriver({
  databaseUrl,
  schema,
  times,
  onError,
}: PostgresQueueOptions): QueueDriver & { close(): Promise<void> } {
  const connection = { connectionString: databaseUrl, schema, keepAlive: true, connectionTimeoutMillis: 5_000 };
  const quick = { ...connection, max: 4, connectionTimeoutMillis: times.commandMs, query_timeout: times.commandMs };
  const queues = queueCache((name) => new Queue(name, { connection: quick }), onError);
  return {
    queue: (name) => queues.get(name),
    createWorker: (name, process, concurrency) =>
      new Worker(name, process, { ...workerOptions(times, concurrency), connection: { ...connection, max: 4 } }),
    close: async () => void (await Promise.allSettled(queues.all().map(async (queue) => (await queue).close()))),
  };
}
