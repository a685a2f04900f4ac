import { feedSubprotocol, serverFrame, type ClientFrame, type ServerFrame } from '@lockstep/contracts';
import { waitFor } from '@lockstep/testing';
import { WebSocket, type ClientOptions } from 'ws';

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

/** A feed client for specs: keeps every frame, each checked against the contract. */
export class FeedClient {
  readonly frames: ServerFrame[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly socket: WebSocket;
  private readonly odd: unknown[] = [];

  constructor(url: string, options: ClientOptions & { readonly token?: string; readonly protocols?: string[] } = {}) {
    const { token, protocols = [feedSubprotocol], ...rest } = options;
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.socket = new WebSocket(url, protocols, { headers, ...rest });
    this.socket.on('message', (data: Buffer) => this.keep(JSON.parse(data.toString())));
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
  }

  send(frame: ClientFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  of<T extends ServerFrame['type']>(type: T, id?: string): FrameOf<T>[] {
    return this.frames.filter(
      (frame): frame is FrameOf<T> => frame.type === type && (id === undefined || ('id' in frame && frame.id === id)),
    );
  }

  /** The `seq` of every event of a subscription, as they came. */
  seqs(id: string): number[] {
    return this.of('event', id).map(({ event }) => event.seq);
  }

  async see<T extends ServerFrame['type']>(type: T, id?: string): Promise<FrameOf<T>> {
    return waitFor(() => this.of(type, id).at(0), { what: `a frame ${type}${id ? ` for ${id}` : ''}` });
  }

  async ending(): Promise<{ readonly code: number; readonly reason: string }> {
    return waitFor(() => this.closed, { what: 'the connection to be closed' });
  }

  async end(): Promise<void> {
    this.socket.terminate();
    await this.ending();
    if (this.odd.length > 0) throw new Error(`frames that break the contract: ${JSON.stringify(this.odd.slice(0, 3))}`);
  }

  private keep(frame: unknown): void {
    const read = serverFrame.safeParse(frame);
    if (read.success) this.frames.push(read.data);
    else this.odd.push(frame);
  }
}

/** 1, 2, … `last`; from `first` on. */
export const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
