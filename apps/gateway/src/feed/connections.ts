import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { closeCodes, feedSubprotocol } from '@lockstep/contracts';
import { delay } from '@lockstep/runtime';
import type { WebSocket } from 'ws';
import { bearerOf } from './admission';
import { Connection, type FeedParts } from './connection';
import type { ReadFrame } from './read-frame';

/** How long clients have to leave when the gateway stops. */
const leaveMs = 1_000;
/** Clients that are sent away come back spread over so many milliseconds. */
const spreadMs = 2_000;

/** The clients of this process, their heartbeat and their end. */
export class Connections {
  private readonly open = new Map<WebSocket, Connection>();
  private draining = false;
  private heart: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: FeedParts,
    private readonly random: () => number = Math.random,
  ) {}

  get size(): number {
    return this.open.size;
  }

  get subscriptions(): number {
    return [...this.open.values()].reduce((sum, { following }) => sum + following, 0);
  }

  start(): void {
    const beat = () => this.open.forEach((connection) => connection.beat());
    this.heart ??= setInterval(beat, this.parts.settings.heartbeatMs);
  }

  accept(socket: WebSocket, request: IncomingMessage): void {
    if (socket.protocol !== feedSubprotocol)
      return socket.close(closeCodes.unsupported_protocol, `Offer the subprotocol ${feedSubprotocol}.`);
    const connection = new Connection(randomUUID(), socket, request.socket, this.parts);
    this.open.set(socket, connection);
    socket.on('pong', () => connection.heard());
    socket.on('ping', () => connection.heard());
    connection.greet(bearerOf(request));
    if (this.draining) this.sendAway(connection);
  }

  receive(socket: WebSocket, frame: ReadFrame): void {
    this.open.get(socket)?.receive(frame);
  }

  leave(socket: WebSocket): void {
    this.open.get(socket)?.release();
    this.open.delete(socket);
  }

  /** Sends everybody elsewhere and gives them a moment to go; those who stay are cut off. */
  async stop(hurry?: AbortSignal): Promise<void> {
    this.draining = true;
    clearInterval(this.heart);
    this.open.forEach((connection) => this.sendAway(connection));
    const gone = new AbortController();
    const left = Promise.all([...this.open.keys()].map((socket) => once(socket, 'close').catch(() => undefined)));
    const signal = hurry ? AbortSignal.any([hurry, gone.signal]) : gone.signal;
    await Promise.race([left, delay(leaveMs, signal)]);
    gone.abort();
    this.open.forEach((_, socket) => socket.terminate());
  }

  private sendAway(connection: Connection): void {
    connection.drain(Math.round(this.random() * spreadMs));
  }
}
