import { createPostgresBackend, Queue, runMigrations, withBackend, Worker } from 'bullmq';
import { Client } from 'pg';
import type { Stack } from './stack';

/** BullMQ and nothing else, on the server that carries the stack's queue. */
export interface BareQueue {
  /** Milliseconds from the call of `add` to the first line of the processor. */
  addToProcess(): Promise<number>;
  stop(): Promise<void>;
}

interface Parts {
  readonly queue: Pick<Queue, 'add' | 'close'>;
  readonly worker: Pick<Worker, 'close' | 'waitUntilReady'>;
}

export async function startBareQueue(stack: Stack): Promise<BareQueue> {
  let began = (_at: number): void => undefined;
  const process = async (): Promise<void> => began(performance.now());
  const parts = stack.redisUrl === null ? await onPostgres(stack, process) : onRedis(stack.redisUrl, process);
  await parts.worker.waitUntilReady();
  return {
    addToProcess: async () => {
      const started = new Promise<number>((resolve) => (began = resolve));
      const asked = performance.now();
      await parts.queue.add('job', { n: 1 }, { removeOnComplete: true });
      return (await started) - asked;
    },
    stop: async () => {
      await parts.worker.close();
      await parts.queue.close();
    },
  };
}

function onRedis(url: string, process: () => Promise<void>): Parts {
  const prefix = `bare${performance.now().toFixed(0)}`;
  const connection = { url, maxRetriesPerRequest: null };
  return {
    queue: new Queue('bare', { connection, prefix }),
    worker: new Worker('bare', process, { connection, prefix }),
  };
}

async function onPostgres({ databaseUrl }: Stack, process: () => Promise<void>): Promise<Parts> {
  const schema = 'bare_queue';
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await runMigrations(client, schema);
  await client.end();
  const connection = { connectionString: databaseUrl, schema };
  const backed = withBackend(createPostgresBackend);
  return {
    queue: new backed.Queue('bare', { connection }),
    worker: new backed.Worker('bare', process, { connection }),
  };
}
