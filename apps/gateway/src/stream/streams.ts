import type { NudgeListener } from '@lockstep/backplane';
import { Slots, type Clock, type Logger } from '@lockstep/runtime';
import { Stream, type Follower, type Source } from './stream';

export interface StreamsOptions {
  readonly pollMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears the nudges of a channel until the function it gives is called. */
  readonly follow: (channel: string, listener: NudgeListener) => () => void;
}

/** Of the connections to Postgres: the others are for those who keep up, however many have to catch up. */
const catchingUpAtOnce = 3;

interface Open {
  readonly stream: Stream;
  readonly unfollow: () => void;
}

/** The streams that are followed in this process, each read once. A stream is opened by its first follower and closed with its last. */
export class Streams {
  private readonly open = new Map<string, Open>();
  private readonly slots = new Slots(catchingUpAtOnce);
  private readonly ending = new Set<Promise<void>>();

  constructor(private readonly options: StreamsOptions) {}

  get size(): number {
    return this.open.size;
  }

  /** Lets `follower` in at its position; the function that comes back lets it out, and works twice. */
  join(
    channel: Source & { readonly name: string },
    position: number,
    follower: (stream: Stream) => Follower,
  ): () => void {
    const opened = this.open.get(channel.name) ?? this.start(channel, position);
    const member = follower(opened.stream);
    opened.stream.add(member);
    let joined = true;
    return () => {
      if (!joined) return;
      joined = false;
      if (!opened.stream.remove(member)) this.end(channel.name, opened);
    };
  }

  /** Closes all of them; resolves when nothing is read any more. */
  async stop(): Promise<void> {
    [...this.open].forEach(([name, opened]) => this.end(name, opened));
    await Promise.all(this.ending);
  }

  private start(channel: Source & { readonly name: string }, from: number): Open {
    const { pollMs, clock, logger, follow } = this.options;
    const onError = (err: unknown) =>
      logger.warn({ err, channel: channel.name }, 'a stream could not be read; it is tried again');
    const stream = new Stream({ source: channel, from, pollMs, clock, onError, slots: this.slots });
    const unfollow = follow(channel.name, {
      onNudge: ({ seq }) => stream.nudge(seq),
      onReconnect: () => stream.poke(),
    });
    const opened = { stream, unfollow };
    this.open.set(channel.name, opened);
    stream.start();
    return opened;
  }

  private end(name: string, { stream, unfollow }: Open): void {
    this.open.delete(name);
    unfollow();
    const ended = stream.stop().finally(() => this.ending.delete(ended));
    this.ending.add(ended);
  }
}
