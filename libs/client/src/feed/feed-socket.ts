import { feedSubprotocol, type ClientFrame, type ServerFrame } from '@lockstep/contracts';
import { WebSocket } from 'ws';

export interface FeedSocketOptions {
  readonly url: string;
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
  /** Frames come one after the other: the next waits until this is done. What it throws ends the connection and rejects `closed`. */
  readonly onFrame: (frame: ServerFrame, send: (frame: ClientFrame) => void) => Promise<void> | void;
}

/** How a connection ended, when it was not by a fault of a frame's handler. */
export interface Closed {
  /** A websocket close code; 1006 when the line broke or never stood. */
  readonly code: number;
  readonly reason: string;
}

const patienceMs = 10_000;

/** One connection to the feed, until its end. Resolves with how it ended, also when `signal` aborts it. */
export async function talk({ url, token, signal, onFrame }: FeedSocketOptions): Promise<Closed> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(url, feedSubprotocol, {
    headers,
    handshakeTimeout: patienceMs,
    perMessageDeflate: false,
  });
  const send = (frame: ClientFrame) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const watch = new Watch(() => socket.terminate());
  let fault: { readonly error: unknown } | undefined;
  let work: Promise<void> = Promise.resolve();
  const handle = async (frame: ServerFrame) => {
    if (fault || signal.aborted) return;
    if (frame.type === 'hello') watch.expectEvery(frame.heartbeatMs);
    if (frame.type === 'ping') return send({ type: 'pong' });
    await onFrame(frame, send);
  };
  socket.on('message', (data: Buffer) => {
    watch.seen();
    work = work
      .then(() => handle(JSON.parse(data.toString()) as ServerFrame))
      .catch((error: unknown) => {
        fault ??= { error };
        socket.terminate();
      });
  });
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  const closed = await ending(socket);
  signal.removeEventListener('abort', abort);
  watch.stop();
  await work;
  if (fault) throw fault.error;
  return closed;
}

function ending(socket: WebSocket): Promise<Closed> {
  let reason = '';
  socket.on('error', (error) => (reason = error.message));
  return new Promise((resolve) =>
    socket.on('close', (code, text) => resolve({ code, reason: text.toString() || reason })),
  );
}

/** Ends a connection on which nothing comes any more: the server pings every so often. */
class Watch {
  private timer: NodeJS.Timeout;
  private ms = patienceMs;

  constructor(private readonly silent: () => void) {
    this.timer = setTimeout(silent, this.ms);
  }

  expectEvery(heartbeatMs: number): void {
    this.ms = 2 * heartbeatMs + 2_000;
    this.seen();
  }

  seen(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.silent, this.ms);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
