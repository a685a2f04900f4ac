import type { Redis } from 'ioredis';
import { isPrefix, isSeq, type NudgeSink, type NudgeTransport } from '../nudge/transport';
import { assertConnected } from './connection';

export interface RedisNudgeOptions {
  /** Carries what goes out; belongs to the caller. */
  readonly commands: Redis;
  /** Makes the connection that listens. */
  readonly openSubscriber: () => Redis;
  readonly namespace: string;
}

/** Redis pub/sub. Channels are `<namespace>:nudge:<channel>`, the message is the sequence number. */
export function redisNudgeTransport({ commands, openSubscriber, namespace }: RedisNudgeOptions): NudgeTransport {
  const prefix = `${namespace}:nudge:`;
  let subscriber: Redis | undefined;
  /** One that is not confirmed in time leaves it open what is followed: then the connection is made anew, and all with it. */
  const follow = async (pattern: string) => {
    if (subscriber === undefined) return;
    try {
      await (isPrefix(pattern) ? subscriber.psubscribe(prefix + pattern) : subscriber.subscribe(prefix + pattern));
    } catch (error) {
      if (subscriber.status === 'ready') subscriber.disconnect(true);
      throw error;
    }
  };
  return {
    start: async (sink) => {
      subscriber = openSubscriber();
      listen(subscriber, prefix, sink);
      const opened = subscriber;
      await new Promise<void>((resolve) => {
        opened.on('ready', () => void refollow(sink, follow).then(resolve));
        opened.once('close', resolve);
      });
    },
    stop: async () => subscriber?.disconnect(),
    send: async (nudges) => {
      assertConnected(commands);
      await Promise.all(nudges.map(({ channel, seq }) => commands.publish(prefix + channel, String(seq))));
    },
    follow,
    unfollow: (pattern) => {
      const left = isPrefix(pattern)
        ? subscriber?.punsubscribe(prefix + pattern)
        : subscriber?.unsubscribe(prefix + pattern);
      left?.catch(() => undefined);
    },
    check: async () => subscriber && assertConnected(subscriber),
  };
}

function listen(subscriber: Redis, prefix: string, sink: NudgeSink): void {
  const hear = (pattern: string, channel: string, message: string) => {
    const seq = Number(message);
    if (isSeq(seq)) sink.deliver(pattern.slice(prefix.length), { channel: channel.slice(prefix.length), seq });
  };
  subscriber.on('message', (channel, message) => hear(channel, channel, message));
  subscriber.on('pmessage', (pattern, channel, message) => hear(pattern, channel, message));
}

/** Everything that had listeners is followed again before they are told to look, so that nothing falls in between. */
async function refollow(sink: NudgeSink, follow: (pattern: string) => Promise<void>): Promise<void> {
  const followed = await Promise.allSettled(sink.patterns().map(follow));
  if (followed.every((each) => each.status === 'fulfilled')) sink.reconnected();
}
