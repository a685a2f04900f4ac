import { ownRedis } from '@lockstep/testing';
import { Redis } from 'ioredis';

export { hasRedis } from '@lockstep/testing';

/** A Redis of the harness's own without persistence: when it is killed, everything in it is gone. */
export interface BreakableRedis {
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** It takes connections and commands, and answers none. */
  hang(): void;
  unhang(): void;
  command(name: string, ...values: readonly string[]): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startBreakableRedis(policy = 'noeviction'): Promise<BreakableRedis> {
  const { url, start, kill, signal, stop } = await ownRedis({ policy });
  let own: Redis | undefined;
  const client = (): Redis =>
    (own ??= new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null }).on('error', () => undefined));
  await start();
  return {
    url,
    kill,
    start,
    hang: () => signal('SIGSTOP'),
    unhang: () => signal('SIGCONT'),
    command: (name, ...values) => client().call(name, ...values),
    stop: async () => {
      own?.disconnect();
      await stop();
    },
  };
}
