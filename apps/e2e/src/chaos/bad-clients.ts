import { setTimeout as delay } from 'node:timers/promises';
import { feedSubprotocol, type ServerFrame } from '@lockstep/contracts';
import { WebSocket } from 'ws';

/** What the harness asks of this process: a JSON object as its first argument. */
export interface BadClients {
  readonly url: string;
  readonly token: string;
  readonly runId: string;
  /** Clients that stop reading for `pauseMs`, read what waits, and come back with their cursor to do the same again. */
  readonly stalled: number;
  readonly pauseMs: number;
  /** How often a stalled client follows the run, which multiplies what it is sent. */
  readonly channels: number;
  /** Clients that send as fast as the socket takes it, a third each: pings, subscriptions, garbage. */
  readonly flooding: number;
}

/** What this process tells on its IPC channel, after it was sent `{last}`: the last `seq` that there is. */
export interface BadClientsReport {
  /** How often each kind of connection was closed with each code. */
  readonly codes: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** Stalled clients that did not end up with the events 1 to `last`. */
  readonly missing: number;
}

const codes: Record<string, Record<number, number>> = {};
let last = Infinity;

function note(kind: string, code: number): void {
  const known = (codes[kind] ??= {});
  known[code] = (known[code] ?? 0) + 1;
}

const connect = ({ url, token }: BadClients): WebSocket =>
  new WebSocket(url, feedSubprotocol, { headers: { authorization: `Bearer ${token}` } }).on('error', () => undefined);

const closed = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));

function follow(socket: WebSocket, { runId, channels }: BadClients, seq: number): void {
  const channel = `run:${runId}`;
  for (let id = 0; id < channels; id++)
    socket.send(JSON.stringify({ type: 'subscribe', id: String(id), channel, since: { seq } }));
}

/** Ends with the number of events that it has, in order. */
async function stall(options: BadClients): Promise<number> {
  let seen = 0;
  while (seen < last) {
    const socket = connect(options);
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      if (frame.type === 'authenticated') follow(socket, options, seen);
      if (frame.type === 'ping') socket.send(JSON.stringify({ type: 'pong' }));
      if (frame.type === 'event' && frame.id === '0' && frame.event.seq === seen + 1) seen += 1;
      if (seen >= last) socket.close();
    });
    const end = closed(socket);
    await Promise.race([end, delay(1_000)]);
    if (last === Infinity) {
      socket.pause();
      await Promise.race([end, delay(options.pauseMs)]);
      socket.resume();
    }
    const reading = setInterval(() => seen >= last && socket.close(), 100);
    note('stalled', await end);
    clearInterval(reading);
  }
  return seen;
}

const floods = {
  pings: () => JSON.stringify({ type: 'ping' }),
  subscriptions: ({ runId }: BadClients, index: number) =>
    JSON.stringify({ type: 'subscribe', id: `f${index}`, channel: `run:${runId}` }),
  garbage: () => `{"type":${'['.repeat(10_000)}`,
} as const;

async function flood(options: BadClients, kind: keyof typeof floods): Promise<void> {
  while (last === Infinity) {
    const socket = connect(options);
    const end = closed(socket);
    socket.once('open', () => {
      for (let index = 0; index < 5_000 && socket.bufferedAmount < 4_000_000; index++)
        socket.send(floods[kind](options, index));
    });
    note(kind, await end);
    await delay(50);
  }
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as BadClients;
  const kinds = Object.keys(floods) as (keyof typeof floods)[];
  process.on('message', (told: { last: number }) => (last = told.last));
  process.on('disconnect', () => process.exit());
  const [seen] = await Promise.all([
    Promise.all(Array.from({ length: options.stalled }, () => stall(options))),
    Promise.all(Array.from({ length: options.flooding }, (_, index) => flood(options, kinds[index % kinds.length]!))),
  ]);
  process.send?.({ codes, missing: seen.filter((count) => count < last).length } satisfies BadClientsReport, () =>
    process.disconnect(),
  );
}

void main();
