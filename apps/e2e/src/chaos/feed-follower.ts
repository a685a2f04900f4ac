import { feedSubprotocol, serverFrame, type EventEnvelope } from '@lockstep/contracts';
import { WebSocket } from 'ws';
import type { Scene } from './drill';

/** A client that believes what the gateway sends: it drops only what came before, asks nobody else, and comes back with its cursor. */
export interface FeedFollower {
  readonly name: string;
  readonly runId: string;
  readonly seen: readonly EventEnvelope[];
  close(): void;
}

const againMs = 100;

export function openFeed({ stack }: Scene, runId: string, name: string): FeedFollower {
  const seen: EventEnvelope[] = [];
  let closed = false;
  let socket: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let epoch: string | undefined;
  const keep = (event: EventEnvelope): void => {
    if (event.seq > (seen.at(-1)?.seq ?? 0)) seen.push(event);
  };
  const connect = (): void => {
    const own = new WebSocket(stack.feedUrl, feedSubprotocol, { headers: { authorization: `Bearer ${stack.token}` } });
    socket = own;
    own.on('error', () => undefined);
    own.on('close', () => closed || (timer = setTimeout(connect, againMs)));
    own.on('message', (data) => {
      const frame = serverFrame.parse(JSON.parse(String(data)));
      if (frame.type === 'authenticated')
        own.send(
          JSON.stringify({
            type: 'subscribe',
            id: 'run',
            channel: `run:${runId}`,
            since: { ...(epoch ? { epoch } : {}), seq: seen.length },
          }),
        );
      else if (frame.type === 'subscribed') epoch = frame.epoch;
      else if (frame.type === 'event') keep(frame.event);
      else if (frame.type === 'ping') own.send(JSON.stringify({ type: 'pong' }));
    });
  };
  connect();
  return {
    name,
    runId,
    seen,
    close: () => {
      closed = true;
      clearTimeout(timer);
      socket?.terminate();
    },
  };
}
