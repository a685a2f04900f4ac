import { backoffMs, delay, type Logger } from '@lockstep/runtime';
import { Client, Pool } from 'pg';
import { isChannel, isSeq, matches, type NudgeSink, type NudgeTransport } from '../nudge/transport';
import type { Nudge } from '../ports';

export interface PostgresNudgeOptions {
  readonly databaseUrl: string;
  /** The one NOTIFY channel; each payload names its stream. */
  readonly notifyChannel: string;
  readonly commandMs: number;
  readonly logger: Logger;
}

/**
 * LISTEN/NOTIFY on one channel for all streams: every process hears every nudge and sorts out its own. The sender has a connection of its
 * own, because a NOTIFY inside a busy transaction makes all of them queue for one lock at commit.
 */
export function postgresNudgeTransport(options: PostgresNudgeOptions): NudgeTransport {
  const { databaseUrl, notifyChannel, commandMs, logger } = options;
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 1,
    keepAlive: true,
    connectionTimeoutMillis: commandMs,
    query_timeout: commandMs,
    // A nudge may be lost, so its commit waits for no disk.
    options: '-c synchronous_commit=off',
  });
  pool.on('error', (err) => logger.debug({ err }, 'Postgres connection fault'));
  const listener = new Listener(options);
  return {
    start: (sink) => listener.start(sink),
    stop: async () => {
      await listener.stop();
      await pool.end();
    },
    send: async (nudges) =>
      void (await pool.query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [
        notifyChannel,
        nudges.map(encode),
      ])),
    follow: () => listener.listening(),
    unfollow: () => undefined,
    check: async () => listener.assertListening(),
  };
}

const encode = ({ channel, seq }: Nudge): string => `${seq} ${channel}`;

function decode(payload: string | undefined): Nudge | undefined {
  const [seq = '', channel = ''] = (payload ?? '').split(' ');
  return isChannel(channel) && isSeq(Number(seq)) ? { channel, seq: Number(seq) } : undefined;
}

/** Keeps one connection listening until it is told to stop. */
class Listener {
  private readonly stopped = new AbortController();
  private client: Client | undefined;
  private loop: Promise<void> | undefined;
  private up = deferred();

  constructor(private readonly options: PostgresNudgeOptions) {}

  /** Resolves when it listens for the first time, or has failed to once: from there on it tries by itself. */
  start(sink: NudgeSink): Promise<void> {
    const first = deferred();
    this.loop ??= this.keepListening(sink, first.resolve);
    return first.promise;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.client?.end().catch(() => undefined);
    await this.loop;
  }

  listening(): Promise<void> {
    return this.up.promise;
  }

  assertListening(): void {
    if (this.client === undefined) throw new Error('not listening to Postgres; trying again');
  }

  private async keepListening(sink: NudgeSink, tried: () => void): Promise<void> {
    for (let failures = 0; !this.stopped.signal.aborted;) {
      try {
        const { lost } = await this.listen(sink);
        failures = 0;
        tried();
        await lost;
      } catch (err) {
        failures += 1;
        this.options.logger.debug({ err }, 'cannot listen to Postgres');
      }
      tried();
      await delay(backoffMs(failures + 1, { firstMs: 50, maxMs: 1_000 }), this.stopped.signal);
    }
  }

  /** Connects and listens. What it gives resolves when the connection is lost. */
  private async listen(sink: NudgeSink): Promise<{ readonly lost: Promise<void> }> {
    const { databaseUrl, notifyChannel, commandMs } = this.options;
    const client = new Client({
      connectionString: databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: commandMs,
      query_timeout: commandMs,
      application_name: notifyChannel,
    });
    const lost = new Promise<void>((resolve) => client.once('end', resolve));
    client.on('error', () => void client.end().catch(() => undefined));
    client.on('notification', (message) => hear(sink, decode(message.payload)));
    try {
      await client.connect();
      await client.query(`LISTEN "${notifyChannel}"`);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    return { lost: this.hold(client, lost, sink) };
  }

  private hold(client: Client, lost: Promise<void>, sink: NudgeSink): Promise<void> {
    this.client = client;
    this.up.resolve();
    // `stop` may have come while this connection was being made, and then found none to end.
    if (this.stopped.signal.aborted) void client.end().catch(() => undefined);
    else sink.reconnected();
    return lost.then(() => {
      this.client = undefined;
      this.up = deferred();
    });
  }
}

function hear(sink: NudgeSink, nudge: Nudge | undefined): void {
  if (nudge === undefined) return;
  sink.patterns().forEach((pattern) => matches(pattern, nudge.channel) && sink.deliver(pattern, nudge));
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
