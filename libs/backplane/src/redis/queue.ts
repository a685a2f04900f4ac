import { Queue, Worker, type ConnectionOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import type { BackplaneTimes } from '../ports';
import { queueCache, workerOptions, type QueueDriver } from '../queue/driver';
import { assertConnected, workerConnection } from './connection';

export interface RedisQueueOptions {
  readonly url: string;
  readonly commands: Redis;
  readonly namespace: string;
  readonly times: BackplaneTimes;
  readonly onError: (error: Error) => void;
}

export function redisQueueDriver({ url, commands, namespace, times, onError }: RedisQueueOptions): QueueDriver {
  const queues = queueCache(
    (name) => new Queue(name, { connection: commands as ConnectionOptions, prefix: namespace }),
    onError,
  );
  return {
    queue: async (name) => {
      assertConnected(commands);
      return queues.get(name);
    },
    createWorker: (name, process, concurrency) =>
      new Worker(name, process, {
        ...workerOptions(times, concurrency),
        connection: workerConnection(url) as ConnectionOptions,
        prefix: namespace,
      }),
  };
}
