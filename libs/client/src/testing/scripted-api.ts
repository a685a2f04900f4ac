import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  feedPath,
  feedSubprotocol,
  type ClientFrame,
  type EventEnvelope,
  type OutputChunk,
  type ServerFrame,
} from '@lockstep/contracts';
import { WebSocketServer, type WebSocket } from 'ws';

/** One connection of the feed, as its far end sees it. */
export interface Line {
  say(frame: ServerFrame): void;
  close(code: number, reason?: string): void;
  cut(): void;
}

/** What the far end does with a subscription. */
export type OnSubscribe = (line: Line, frame: Extract<ClientFrame, { type: 'subscribe' }>, connection: number) => void;

/** An API and a feed under one address, that say what a spec wants. HTTP knows `events` and `output`; the feed is scripted. */
export class ScriptedApi {
  events: EventEnvelope[] = [];
  output: OutputChunk[] = [];
  /** Events up to this one are no longer kept. */
  floor = 0;
  /** The paths that were asked for over HTTP. */
  readonly asked: string[] = [];
  readonly heard: ClientFrame[] = [];
  connections = 0;
  onSubscribe: OnSubscribe = () => undefined;
  /** Refuses to shake hands. */
  feedIsDown = false;
  token = 'lst_good';
  private readonly server = createServer((request, response) => this.answer(request, response));
  private readonly sockets = new WebSocketServer({ noServer: true });

  async start(): Promise<string> {
    this.server.on('upgrade', (request, socket, head) => {
      if (this.feedIsDown || request.url !== feedPath) return void socket.destroy();
      this.sockets.handleUpgrade(request, socket, head, (ws) => this.accept(ws, request));
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.sockets.clients.forEach((socket) => socket.terminate());
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(socket: WebSocket, request: IncomingMessage): void {
    const connection = (this.connections += 1);
    const line: Line = {
      say: (frame) => socket.send(JSON.stringify(frame)),
      close: (code, reason) => socket.close(code, reason),
      cut: () => socket.terminate(),
    };
    const limits = { maxFrameBytes: 1, maxSubscriptions: 1, maxBufferedBytes: 1 };
    line.say({ type: 'hello', connectionId: String(connection), heartbeatMs: 1_000, limits });
    if (request.headers.authorization !== `Bearer ${this.token}` || socket.protocol !== feedSubprotocol)
      return line.close(4401, 'The token is unknown.');
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ClientFrame;
      this.heard.push(frame);
      if (frame.type === 'subscribe') this.onSubscribe(line, frame, connection);
    });
    line.say({ type: 'authenticated', teamId: '00000000-0000-4000-8000-000000000000' });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, 'http://x');
    this.asked.push(url.pathname.replace(/^\/v1\/runs\/[^/]+/, '') + url.search);
    const data = this.dataOf(url);
    if (url.pathname.endsWith('/events') && Number(url.searchParams.get('after')) < this.floor)
      return void response
        .writeHead(410, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ type: 'about:blank', title: 'gone', status: 410, detail: 'gone', code: 'pruned' }));
    response
      .writeHead(data === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(data));
  }

  private dataOf({ pathname, searchParams }: URL): unknown {
    const after = Number(searchParams.get('after') ?? 0);
    const from = Number(searchParams.get('from') ?? 0);
    const list = (data: unknown[]) => ({ data, nextCursor: null });
    if (pathname.endsWith('/events')) return list(this.events.filter(({ seq }) => seq > after).slice(0, 2));
    if (pathname.endsWith('/output')) return list(this.output.filter(({ offset }) => offset >= from).slice(0, 2));
    if (pathname.endsWith('/steps') || pathname.endsWith('/questions')) return list([]);
    return { id: 'r', seq: this.events.length };
  }
}
