import type { Socket } from 'node:net';
import { closeCodes, isFault, type ClientFrame, type FeedSince, type ServerFrame } from '@lockstep/contracts';
import { readEpoch, type Database, type TicketHolder } from '@lockstep/database';
import type { Clock, GatewayConfig, Logger } from '@lockstep/runtime';
import { WebSocket } from 'ws';
import { channelOf, type Channel, type Snapshot } from '../stream/channel';
import { cursorOf, placeOf, type GapReason } from '../stream/place';
import type { Streams } from '../stream/streams';
import { Subscription } from '../stream/subscription';
import { textFrame } from '../stream/wire';
import { admit } from './admission';
import { FrameAllowance } from './frame-allowance';
import type { ReadFrame } from './read-frame';
import { SocketOutlet } from './socket-outlet';

export type FeedSettings = Pick<
  GatewayConfig,
  'heartbeatMs' | 'authTimeoutMs' | 'sendBufferLimitBytes' | 'maxSubscriptions'
>;

/** What all connections of a process share. */
export interface FeedParts {
  readonly database: Database;
  readonly streams: Streams;
  readonly settings: FeedSettings;
  /** How long a client may take nothing while more than it may hold up waits for it, in milliseconds. Default 2 s. */
  readonly stallMs?: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A message from a client may have so many bytes. */
export const maxFrameBytes = 65_536;
const framesPerSecond = 50;
/** Frames that may wait for those before them, which matters when Postgres is slow. */
const maxWaiting = 1_000;
const defaultStallMs = 2_000;
/** How long a client whose frames are no longer read may take to read why. */
const turnedAwayMs = 250;

type SubscribeFrame = Extract<ClientFrame, { type: 'subscribe' }>;
type AuthFrame = Extract<ClientFrame, { type: 'auth' }>;

/** Where a subscription begins. */
interface Opening {
  readonly position: number;
  readonly epoch: string;
  readonly snapshot?: Snapshot;
}

/** One client: who it is, what it follows, and how it is talked to. Its frames are handled one after the other. */
export class Connection {
  private holder: TicketHolder | undefined;
  private alive = true;
  private work: Promise<void> = Promise.resolve();
  private waiting = 0;
  private readonly subscriptions = new Map<string, () => void>();
  private readonly outlet: SocketOutlet;
  private readonly allowance: FrameAllowance;
  private readonly authTimer: NodeJS.Timeout;

  constructor(
    readonly id: string,
    private readonly socket: WebSocket,
    wire: Socket,
    private readonly parts: FeedParts,
  ) {
    const { settings, clock, stallMs = defaultStallMs } = parts;
    this.outlet = new SocketOutlet(wire, () => this.open, { bufferBytes: settings.sendBufferLimitBytes, stallMs });
    this.allowance = new FrameAllowance(100 + 2 * settings.maxSubscriptions, framesPerSecond, clock.monotonicMs());
    this.authTimer = setTimeout(() => this.end('auth_timeout', 'Send an auth frame first.'), settings.authTimeoutMs);
  }

  /** How many channels it follows. */
  get following(): number {
    return this.subscriptions.size;
  }

  greet(bearer: string | undefined): void {
    const { heartbeatMs, maxSubscriptions, sendBufferLimitBytes: maxBufferedBytes } = this.parts.settings;
    const limits = { maxFrameBytes, maxSubscriptions, maxBufferedBytes };
    this.say({ type: 'hello', connectionId: this.id, heartbeatMs, limits });
    if (bearer !== undefined) this.queue(() => this.authenticate({ type: 'auth', token: bearer }));
  }

  receive(frame: ReadFrame): void {
    if (this.heard()) this.queue(() => this.handle(frame));
  }

  /** A sign of life; false when there were too many, and the connection is closed for it. */
  heard(): boolean {
    this.alive = true;
    if (!this.open) return false;
    if (this.waiting < maxWaiting && this.allowance.take(this.parts.clock.monotonicMs())) return true;
    this.refuse('slow_or_flooding', 'rate_limited', 'Too many frames. Come back with your cursors, and send fewer.');
    this.turnAway();
    return false;
  }

  /** Asks for a sign of life, and ends the connection when none came since the last time. */
  beat(): void {
    if (!this.alive) return this.socket.terminate();
    this.alive = false;
    this.say({ type: 'ping' });
    if (this.open) this.socket.ping();
  }

  /** Sends the client elsewhere. */
  drain(afterMs: number): void {
    this.say({ type: 'reconnect', afterMs });
    this.end('service_restart', 'The gateway is going away. Come back with your cursors.');
  }

  /** The socket is closed, or about to be. Works twice. */
  release(): void {
    clearTimeout(this.authTimer);
    this.subscriptions.forEach((leave) => leave());
    this.subscriptions.clear();
  }

  private get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  private queue(work: () => Promise<void> | void): void {
    this.waiting += 1;
    const turn = async () => {
      this.waiting -= 1;
      if (this.open) await work();
    };
    this.work = this.work.then(turn).catch((error: unknown) => this.fault(error));
  }

  private handle(frame: ReadFrame): Promise<void> | void {
    if (frame.type === 'malformed') {
      this.refuse('bad_frame', 'feed_bad_frame', frame.detail);
      return this.turnAway();
    }
    if (frame.type === 'pong') return;
    if (frame.type === 'ping')
      return this.say({ type: 'pong', ...(frame.nonce === undefined ? {} : { nonce: frame.nonce }) });
    if (frame.type === 'auth') return this.authenticate(frame);
    if (!this.holder)
      return this.refuse(
        'unauthenticated',
        'feed_unauthenticated',
        'Send an auth frame with a token or a ticket first.',
      );
    return frame.type === 'subscribe' ? this.subscribe(frame, this.holder) : this.unsubscribe(frame.id);
  }

  private async authenticate(frame: AuthFrame): Promise<void> {
    const holder = await admit(this.parts.database, frame);
    if (!holder)
      return this.refuse(
        'unauthenticated',
        'feed_unauthenticated',
        'The token or ticket is unknown, used up or expired. Get another one.',
      );
    if (this.holder && this.holder.teamId !== holder.teamId)
      return this.refuse('forbidden', 'feed_unauthenticated', 'A connection belongs to one team. Open another one.');
    clearTimeout(this.authTimer);
    this.holder = holder;
    this.say({ type: 'authenticated', teamId: holder.teamId });
  }

  private async subscribe(frame: SubscribeFrame, { teamId }: TicketHolder): Promise<void> {
    const { id } = frame;
    if (this.subscriptions.has(id))
      return this.refuse('duplicate', 'duplicate', `A subscription ${id} is open. Give each one an id of its own.`, id);
    if (this.subscriptions.size >= this.parts.settings.maxSubscriptions)
      return this.say({
        type: 'error',
        id,
        code: 'rate_limited',
        message: 'No more subscriptions fit on this connection. Unsubscribe from some.',
      });
    try {
      const channel = channelOf(this.parts.database, frame.channel);
      const opening = await this.opening(channel, teamId, frame.since);
      if ('gap' in opening) return this.say({ type: 'gap', id, reason: opening.gap, snapshotUrl: channel.snapshotUrl });
      if (this.open) this.begin(frame, channel, opening);
    } catch (error) {
      this.fault(error, id);
    }
  }

  private async opening(
    channel: Channel,
    teamId: string,
    since: FeedSince | undefined,
  ): Promise<Opening | { readonly gap: GapReason }> {
    const epoch = await readEpoch(this.parts.database);
    if (since) {
      const place = placeOf(since, { epoch, ...(await channel.end(teamId)) });
      return 'gap' in place ? place : { ...place, epoch };
    }
    const snapshot = await channel.snapshot(teamId);
    return { position: snapshot.position, epoch, snapshot };
  }

  private begin({ id, types }: SubscribeFrame, channel: Channel, { position, epoch, snapshot }: Opening): void {
    const { streams, logger } = this.parts;
    const { snapshotUrl } = channel;
    const cursor = cursorOf(position);
    this.say({ type: 'subscribed', id, epoch, cursor });
    if (snapshot) this.say({ type: 'snapshot', id, cursor, data: snapshot.data });
    let subscription: Subscription | undefined;
    const leave = streams.join(channel, position, (stream) => {
      subscription = new Subscription({
        id,
        kind: channel.kind,
        position,
        types: types && new Set(types),
        stream,
        outlet: this.outlet,
        bookmarkFrame: (at) => encoded({ type: 'bookmark', id, cursor: cursorOf(at) }),
        onSlow: () => this.refuse('slow_or_flooding', 'feed_slow', 'Events wait unread. Come back with your cursors.'),
        onGone: () => {
          this.leave(id);
          this.say({ type: 'gap', id, reason: 'history_pruned', snapshotUrl });
        },
        onError: (err) =>
          logger.warn({ err, connectionId: this.id }, 'a subscription could not catch up; it is tried again'),
      });
      return subscription;
    });
    this.subscriptions.set(id, () => {
      subscription?.close();
      leave();
    });
  }

  private leave(id: string): void {
    this.subscriptions.get(id)?.();
    this.subscriptions.delete(id);
  }

  private unsubscribe(id: string): void {
    this.leave(id);
    this.say({ type: 'unsubscribed', id });
  }

  private fault(error: unknown, id?: string): void {
    const known = isFault(error) ? error : undefined;
    if (!known) this.parts.logger.error({ err: error, connectionId: this.id }, 'a frame could not be handled');
    const message = known?.message ?? 'Something went wrong on our side. Try again in a moment.';
    this.say({ type: 'error', ...(id === undefined ? {} : { id }), code: known?.code ?? 'internal', message });
  }

  private refuse(close: keyof typeof closeCodes, code: string, message: string, id?: string): void {
    this.say({ type: 'error', ...(id === undefined ? {} : { id }), code, message });
    this.end(close, message);
  }

  private end(code: keyof typeof closeCodes, reason: string): void {
    this.release();
    if (this.open) this.socket.close(closeCodes[code], reason.slice(0, 100));
  }

  /** What else it has sent is left unread, and its socket is cut a moment later: a flood costs the others no time. */
  private turnAway(): void {
    this.socket.pause();
    setTimeout(() => this.socket.terminate(), turnedAwayMs).unref();
  }

  private say(frame: ServerFrame): void {
    this.outlet.write(encoded(frame));
  }
}

const encoded = (frame: ServerFrame): Buffer => textFrame(JSON.stringify(frame));
