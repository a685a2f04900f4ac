import { hasRedis, ownRedis, type OwnRedis } from '@lockstep/testing';
import { Redis } from 'ioredis';

export { hasRedis };

/** A Redis of the spec's own, which it may stop, kill and empty. */
export interface RedisServer extends OwnRedis {
  /** Commands of the spec itself; connects anew after a restart. */
  client(): Redis;
}

export async function startRedis(policy = 'noeviction'): Promise<RedisServer> {
  const server = await ownRedis({ policy });
  let own: Redis | undefined;
  const client = (): Redis =>
    (own ??= new Redis(server.url, {
      retryStrategy: () => 20,
      maxRetriesPerRequest: null,
      disconnectTimeout: 100,
    }).on('error', () => undefined));
  const stop = async (): Promise<void> => {
    own?.disconnect();
    await server.stop();
  };
  await server.start();
  return { ...server, client, stop };
}
