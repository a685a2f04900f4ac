import { feedSubprotocol, serverFrame, type EventEnvelope } from '@lockstep/contracts';
import { waitFor } from '@lockstep/testing';
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

export function openFeed(
  { stack }: Scene,
  runId: string,
  name: string,
  onEvent: (event: EventEnvelope) => void = () => undefined,
): FeedFollower {
  const seen: EventEnvelope[] = [];
  let closed = false;
  let socket: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let epoch: string | undefined;
  const keep = (event: EventEnvelope): void => {
    if (event.seq <= (seen.at(-1)?.seq ?? 0)) return;
    seen.push(event);
    onEvent(event);
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

/** What every subscriber of a run must have seen: 1..n, the same for all. */
export async function compare(scene: Scene, followers: readonly FeedFollower[]): Promise<void> {
  for (const { runId, seen, name } of followers) {
    const stored = await scene.stack.database.prisma.event.findMany({
      where: { streamId: runId },
      orderBy: { seq: 'asc' },
      select: { seq: true },
    });
    const what = `${name} of run ${runId}`;
    await waitFor(() => seen.length >= stored.length, {
      what: `${what} to see ${stored.length} events; it saw ${seen.length}`,
      timeoutMs: 15_000,
    }).catch(() => undefined);
    const wrong = seen.findIndex(({ seq }: EventEnvelope, index) => seq !== index + 1);
    if (wrong >= 0) throw new Error(`${what} saw ${seen[wrong]?.seq} where ${wrong + 1} belongs`);
    if (seen.length !== stored.length) throw new Error(`${what} saw ${seen.length} of ${stored.length} events`);
  }
}
