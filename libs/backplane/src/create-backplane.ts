import { silentLogger, type BackplaneConfig, type Logger } from '@lockstep/runtime';
import { createNudges } from './nudge/nudges';
import type { BackplaneParts } from './parts';
import { defaultTimes, type Backplane, type BackplaneTimes, type QueueConsumer } from './ports';
import { postgresParts } from './postgres/parts';
import { bounded } from './queue/bounded';
import { createConsumer } from './queue/consumer';
import { createAdmin, createProducer } from './queue/producer';
import { redisParts } from './redis/parts';

export interface BackplaneOptions extends Partial<BackplaneConfig> {
  readonly databaseUrl: string;
  readonly logger?: Logger;
  readonly times?: Partial<BackplaneTimes>;
}

/** The backplane that the configuration asks for: Redis when there is a `redisUrl`, else Postgres. Both keep the same contract. */
export function createBackplane(options: BackplaneOptions): Backplane {
  const {
    databaseUrl,
    redisUrl,
    allowEvictingRedis = false,
    namespace = 'lockstep',
    logger = silentLogger(),
  } = options;
  const times = { ...defaultTimes, ...options.times };
  const shared = { namespace, times, logger };
  const parts =
    redisUrl === undefined
      ? postgresParts({ databaseUrl, ...shared })
      : redisParts({ url: redisUrl, allowEviction: allowEvictingRedis, ...shared });
  return assemble(parts, times, logger);
}

function assemble(parts: BackplaneParts, times: BackplaneTimes, logger: Logger): Backplane {
  const { kind, driver, transport } = parts;
  const { sink, ...nudges } = createNudges({ transport, commandMs: times.commandMs, logger });
  const consumers: QueueConsumer[] = [];
  const giveUp = new AbortController();
  let stopping: Promise<void> | undefined;
  const stop = async (hurry?: AbortSignal) => {
    giveUp.abort();
    await Promise.all(consumers.map((consumer) => consumer.close({ ...(hurry && { hurry }) })));
    await transport.stop();
    await parts.close();
  };
  return {
    kind,
    producer: createProducer(driver, times.commandMs),
    admin: createAdmin(driver, times.commandMs),
    nudges,
    consumer: () => {
      const consumer = createConsumer(driver, times, logger);
      consumers.push(consumer);
      return consumer;
    },
    checks: { queue: () => bounded('Asking the queue', times.commandMs, parts.check), nudges: () => transport.check() },
    start: async () => {
      await parts.ready(giveUp.signal);
      await transport.start(sink);
    },
    stop: (hurry) => (stopping ??= stop(hurry)),
  };
}
