import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { isFault, type EventEnvelope } from '@lockstep/contracts';
import { readKeptEvents, type Database } from '@lockstep/database';
import type { Backplane } from '@lockstep/backplane';
import { serializedInterval, type Logger, type Service } from '@lockstep/runtime';

/** What a lost nudge costs. */
const pollMs = 2_000;
/** Proxies close connections that are silent for long. */
const silenceMs = 15_000;
const pageSize = 500;

export interface EventStreamsOptions {
  readonly database: Database;
  readonly nudges: () => Backplane['nudges'] | undefined;
  readonly logger: Logger;
}

export interface StreamRequest {
  readonly runId: string;
  /** The last `seq` that the client knows. */
  readonly after: number;
  readonly response: ServerResponse;
  /** Whether the client may still read, asked before each look into the database. */
  readonly mayRead: () => Promise<boolean>;
}

/** Server-sent events: a run's stream from Postgres, read on a nudge and every 2 s. `id` is the `seq`, so a client resumes by itself. */
export class EventStreams implements Pick<Service, 'stop'> {
  private readonly open = new Set<ServerResponse>();

  constructor(private readonly options: EventStreamsOptions) {}

  async serve(request: StreamRequest): Promise<void> {
    const { response, runId } = request;
    if (isGone(response)) return;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 1000\n\n');
    this.open.add(response);
    const sender = new Sender(this.options.database, request);
    const feed = serializedInterval({
      everyMs: pollMs,
      task: () => sender.sendNew(),
      onError: (err) => {
        // What follows was removed meanwhile: the client hears it when it comes back.
        if (isFault(err, 'pruned')) return void response.end();
        this.options.logger.warn({ err, runId }, 'an event stream could not be read');
      },
    });
    const unfollow = this.options.nudges()?.subscribe(`run:${runId}`, { onNudge: feed.poke, onReconnect: feed.poke });
    await once(response, 'close');
    this.open.delete(response);
    await feed.stop();
    (await unfollow)?.();
  }

  /** Ends them all; their clients come back elsewhere. */
  async stop(): Promise<void> {
    this.open.forEach((response) => response.end());
  }
}

/** Sends what is new, at the client's pace: what it hasn't read yet stays in Postgres. */
class Sender {
  private last: number;
  private sentAt = performance.now();

  constructor(
    private readonly database: Database,
    private readonly request: StreamRequest,
  ) {
    this.last = request.after;
  }

  async sendNew(): Promise<void> {
    const { response, runId, mayRead } = this.request;
    if (!(await mayRead())) return void response.end();
    for (let full = true; full && !isGone(response);) {
      const events = await readKeptEvents(this.database, runId, this.last, pageSize);
      if (events.length > 0) await this.write(events.map(frame).join(''));
      this.last = events.at(-1)?.seq ?? this.last;
      full = events.length === pageSize;
    }
    if (performance.now() - this.sentAt > silenceMs) await this.write(': still here\n\n');
  }

  private async write(text: string): Promise<void> {
    const { response } = this.request;
    this.sentAt = performance.now();
    if (isGone(response) || response.write(text)) return;
    const over = new AbortController();
    const either = ['drain', 'close'].map((event) => once(response, event, { signal: over.signal }));
    await Promise.race(either).finally(() => over.abort());
  }
}

const isGone = ({ destroyed, writableEnded }: ServerResponse): boolean => destroyed || writableEnded;

const frame = (event: EventEnvelope): string => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
