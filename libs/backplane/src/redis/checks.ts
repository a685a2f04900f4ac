import { Fault } from '@lockstep/contracts';
import type { Logger } from '@lockstep/runtime';
import type { Redis } from 'ioredis';
import { assertConnected } from './connection';

export interface RedisTraits {
  readonly maxmemoryPolicy: string | undefined;
  readonly appendOnly: boolean;
}

const field = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];

/** Reads INFO rather than CONFIG: hosted servers forbid the latter. */
export async function readTraits(redis: Redis): Promise<RedisTraits> {
  assertConnected(redis);
  const [memory, persistence] = await Promise.all([redis.info('memory'), redis.info('persistence')]);
  return { maxmemoryPolicy: field(memory, 'maxmemory_policy'), appendOnly: field(persistence, 'aof_enabled') === '1' };
}

/** Throws Fault `config_invalid` for a Redis that drops jobs when it is full, and warns of one that forgets them when it dies. */
export function assertFit(traits: RedisTraits, allowEviction: boolean, logger: Logger): void {
  const { maxmemoryPolicy, appendOnly } = traits;
  if (maxmemoryPolicy !== undefined && maxmemoryPolicy !== 'noeviction') {
    const what = `Redis has maxmemory-policy ${maxmemoryPolicy} and drops jobs without a word when it is full.`;
    if (!allowEviction)
      throw new Fault(
        'config_invalid',
        `${what} Set it to noeviction (CONFIG SET maxmemory-policy noeviction), or accept it with LOCKSTEP_ALLOW_EVICTING_REDIS=true.`,
      );
    logger.warn({ maxmemoryPolicy }, what);
  }
  if (!appendOnly)
    logger.warn(
      'Redis has no append-only file: rings that wait when it dies are made again by the sweeper, a little later.',
    );
}
