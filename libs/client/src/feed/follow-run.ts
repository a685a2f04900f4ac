import { setTimeout as pause } from 'node:timers/promises';
import { closeCodes, type ClientFrame, type FeedSince, type ServerFrame } from '@lockstep/contracts';
import { ProblemError } from '../rest/problem-error';
import { Delivery, type DeliveryOptions, type Listener, type RunSnapshot } from './delivery';
import { talk, type Closed } from './feed-socket';
import { reconnectMs, Track } from './track';

export interface FollowOptions extends Listener {
  /** Where events begin: `{ seq: 0 }` for all of them. Left out, a snapshot comes first and then what follows it. */
  readonly since?: { readonly epoch?: string | undefined; readonly seq: number } | undefined;
  /** Where output begins, in bytes; 0 when left out. Only with `onOutput`. */
  readonly outputFrom?: number | undefined;
  /** Whether the feed is there. While it isn't, the run is read over HTTP at every try to reconnect. */
  readonly onConnection?: ((connected: boolean, why?: string) => void) | undefined;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

export interface FollowParts extends Pick<DeliveryOptions, 'runs'> {
  readonly feedUrl: string;
  readonly token?: string | undefined;
  readonly random?: (() => number) | undefined;
}

/** The two subscriptions of a connection. */
const ids = { events: 'events', output: 'output' } as const;

type Send = (frame: ClientFrame) => void;

/**
 * Follows a run: every event once, in `seq` order and without a gap, whatever happens to the connection. Resolves when `signal` aborts;
 * rejects with ProblemError when there is nothing to follow (`unauthenticated`, `not_found`), or with what a callback threw.
 */
export async function followRun(parts: FollowParts, runId: string, options: FollowOptions): Promise<void> {
  await new Following(parts, runId, options).run();
}

class Following {
  private readonly delivery: Delivery;
  private epoch: string | undefined;
  private reconnectAfterMs: number | undefined;
  private connected = false;

  constructor(
    private readonly parts: FollowParts,
    private readonly runId: string,
    private readonly options: FollowOptions,
  ) {
    const { since, outputFrom = 0, signal } = options;
    this.epoch = since?.epoch;
    this.delivery = new Delivery(
      { runId, runs: parts.runs, listener: options, signal },
      { seq: since?.seq, offset: outputFrom },
    );
  }

  async run(): Promise<void> {
    const { signal } = this.options;
    const { random = Math.random } = this.parts;
    for (let failures = 0; !signal.aborted;) {
      this.reconnectAfterMs = undefined;
      const why = await this.session();
      failures = this.connected ? 0 : failures + 1;
      this.tell(false, why);
      if (failures > 0) await this.tolerant(() => this.delivery.readAll());
      await wait(this.reconnectAfterMs ?? reconnectMs(failures + 1, random()), signal);
    }
  }

  /** One connection, until it ends; why it did. */
  private async session(): Promise<string> {
    const { feedUrl: url, token } = this.parts;
    const { signal } = this.options;
    const why = await this.tolerant(async () => {
      const closed = await talk({ url, token, signal, onFrame: (frame, send) => this.receive(frame, send) });
      refuseFinal(closed);
      return closed.reason || `closed with ${closed.code}`;
    });
    return why ?? 'closed';
  }

  /** Swallows what passes by itself; the rest ends the following. */
  private async tolerant<T>(work: () => Promise<T>): Promise<T | string | undefined> {
    try {
      return await work();
    } catch (error) {
      if (this.options.signal.aborted) return undefined;
      if (error instanceof ProblemError && passes(error)) return error.detail;
      throw error;
    }
  }

  private async receive(frame: ServerFrame, send: Send): Promise<void> {
    switch (frame.type) {
      case 'authenticated':
        return this.subscribe(send);
      case 'subscribed':
        return this.subscribed(frame);
      case 'snapshot':
        return this.delivery.snapshot(frame.data as unknown as RunSnapshot, Number(frame.cursor));
      case 'event':
        return this.delivery.event(frame.event);
      case 'output':
        return this.delivery.chunk(frame.chunk);
      case 'gap':
        return this.restart(frame.id, send);
      case 'reconnect':
        this.reconnectAfterMs = frame.afterMs;
        return;
      case 'error':
        throw problemOfFrame(frame);
    }
  }

  private subscribe(send: Send): void {
    this.subscribeEvents(send);
    if (this.options.onOutput) this.subscribeOutput(send);
  }

  private subscribeEvents(send: Send): void {
    const seq = this.delivery.events?.position;
    const since = seq === undefined ? {} : { since: this.at({ seq }) };
    send({ type: 'subscribe', id: ids.events, channel: `run:${this.runId}`, ...since });
  }

  private subscribeOutput(send: Send): void {
    const since = this.at({ cursor: String(this.delivery.output.position) });
    send({ type: 'subscribe', id: ids.output, channel: `run:${this.runId}:output`, since });
  }

  private at(place: FeedSince): FeedSince {
    return this.epoch === undefined ? place : { ...place, epoch: this.epoch };
  }

  private subscribed({ id, epoch }: Extract<ServerFrame, { type: 'subscribed' }>): void {
    this.epoch = epoch;
    if (id === ids.events) this.tell(true);
  }

  /** What was known of the stream is void: events begin with a snapshot again, output from its start. */
  private restart(id: string, send: Send): void {
    this.epoch = undefined;
    if (id === ids.events) {
      this.delivery.events = undefined;
      this.subscribeEvents(send);
    } else {
      this.delivery.output = new Track(0);
      this.subscribeOutput(send);
    }
  }

  private tell(connected: boolean, why?: string): void {
    if (connected === this.connected) return;
    this.connected = connected;
    if (!this.options.signal.aborted) this.options.onConnection?.(connected, why);
  }
}

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined);

/** Whether waiting may help. */
const passes = ({ status, code }: ProblemError): boolean =>
  status === 0 || status === 429 || status >= 500 || code === 'unexpected_response';

function refuseFinal({ code, reason }: Closed): void {
  const status = { [closeCodes.unauthenticated]: 401, [closeCodes.forbidden]: 403 }[code];
  if (status !== undefined) throw new ProblemError(status, 'unauthenticated', reason || 'The feed refused the token.');
}

function problemOfFrame({ code, message }: Extract<ServerFrame, { type: 'error' }>): ProblemError {
  if (code === 'feed_unknown_channel') return new ProblemError(404, 'not_found', message);
  if (code === 'feed_unauthenticated') return new ProblemError(401, 'unauthenticated', message);
  if (code === 'feed_bad_frame') return new ProblemError(400, code, message);
  return new ProblemError(0, code, message);
}
