import { Fault } from '@lockstep/contracts';
import { Redis, type RedisOptions } from 'ioredis';

/** Back within a second of the server, however long it was away. */
const retryStrategy = (times: number): number => Math.min(50 * times, 1_000);

/** What all connections share. ioredis keeps a timer alive for so long after a disconnect; its default is 2 s. */
const everywhere = { retryStrategy, connectTimeout: 5_000, disconnectTimeout: 200 };

/** For producing, publishing and looking: answers or fails within the limit, and never stores up commands for later. */
export const commandOptions = (commandMs: number): RedisOptions => ({
  ...everywhere,
  commandTimeout: commandMs,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectionName: 'lockstep-commands',
});

/** For a worker, whose blocking read has to wait. */
export const workerConnection = (url: string): RedisOptions & { url: string } => ({
  ...everywhere,
  url,
  maxRetriesPerRequest: null,
});

/** For the subscriber. It subscribes anew by itself, because only then it knows when listeners have to look. */
export const subscriberOptions = (commandMs: number): RedisOptions => ({
  ...commandOptions(commandMs),
  autoResubscribe: false,
  connectionName: 'lockstep-subscriber',
});

/** An ioredis connection that reports faults to a listener instead of throwing them into the air. */
export function connect(url: string, options: RedisOptions, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, options);
  redis.on('error', onError);
  return redis;
}

export function assertConnected(redis: Redis): void {
  if (redis.status !== 'ready')
    throw new Fault(
      'queue_unavailable',
      `Redis is not connected (${redis.status}). Start it, or mend REDIS_URL; nothing is lost meanwhile.`,
    );
}
