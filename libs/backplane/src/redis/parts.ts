import { isFault } from '@lockstep/contracts';
import { retryWithBackoff } from '@lockstep/runtime';
import type { BackplaneParts, PartsOptions } from '../parts';
import { atMost } from '../queue/bounded';
import { assertFit, readTraits } from './checks';
import { commandOptions, connect, subscriberOptions } from './connection';
import { redisNudgeTransport } from './nudges';
import { redisQueueDriver } from './queue';

/** The Redis side: one connection for commands, one that listens, and two of BullMQ's own per consumer. */
export function redisParts({
  url,
  allowEviction,
  ...options
}: PartsOptions & { readonly url: string; readonly allowEviction: boolean }): BackplaneParts {
  const { namespace, times, logger } = options;
  const onError = (err: Error) => logger.debug({ err }, 'Redis connection fault');
  const commands = connect(url, commandOptions(times.commandMs), onError);
  const openSubscriber = () => connect(url, subscriberOptions(times.commandMs), onError);
  return {
    kind: 'redis',
    driver: redisQueueDriver({ url, commands, namespace, times, onError }),
    transport: redisNudgeTransport({ commands, openSubscriber, namespace }),
    ready: async (signal) => {
      const traits = await retryWithBackoff(() => readTraits(commands), {
        signal,
        firstMs: 20,
        isRetryable: (error) => !isFault(error, 'config_invalid'),
        onRetry: (err, attempt) => attempt % 8 === 0 && logger.warn({ err }, 'waiting for Redis'),
      });
      assertFit(traits, allowEviction, logger);
    },
    check: async () => void (await readTraits(commands)),
    close: async () => {
      if (commands.status === 'ready') await atMost(times.commandMs, commands.quit());
      commands.disconnect();
    },
  };
}
