import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { WebSocket, WebSocketServer } from 'ws';
import type { Stack } from './stack';

/**
 * The shortest way that stores first: a line from a child's pipe, one INSERT, one publish, one SELECT, one `ws.send`. No locks, no
 * sequence, no rights: what the marker's way costs in this machine's parts alone.
 */
export async function bareMarkerPath(stack: Stack, markers: number, perSecond: number): Promise<number[]> {
  const closing: (() => unknown)[] = [];
  try {
    const pg = await connected(stack, closing);
    const inTurn = oneAfterTheOther();
    await pg.query('CREATE TABLE IF NOT EXISTS bare_events (id bigserial PRIMARY KEY, data jsonb NOT NULL)');
    const { send, received } = await bareSocket(closing);
    const reader = await connected(stack, closing);
    const look = onceAtATime(await lookerOf(reader, send));
    const ring = await bell(stack, look, closing);
    const child = spawn(process.execPath, ['-e', writer, String(markers), String(perSecond)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface(child.stdout).on(
      'line',
      (line) =>
        void inTurn(() =>
          pg.query({ name: 'bare', text: 'INSERT INTO bare_events (data) VALUES ($1)', values: [line] }),
        )
          .then(ring)
          .catch(() => undefined),
    );
    return await received(markers);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** A connection carries one query at a time, and the driver's own line of waiting ones goes away with its next version. */
function oneAfterTheOther(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}

/** Sends what was stored since the last look. */
async function lookerOf(reader: Client, send: (text: string) => void): Promise<() => Promise<void>> {
  const { rows } = await reader.query<{ id: string }>('SELECT coalesce(max(id), 0) AS id FROM bare_events');
  let last = rows[0]?.id ?? '0';
  return async () => {
    const found = await reader.query<{ id: string; data: object }>(
      'SELECT id, data FROM bare_events WHERE id > $1 ORDER BY id',
      [last],
    );
    for (const row of found.rows) send(JSON.stringify(row.data));
    last = found.rows.at(-1)?.id ?? last;
  };
}

/** Calls during a look become one look after it. What fails while the path is taken down fails nobody. */
function onceAtATime(look: () => Promise<void>): () => void {
  let asked = false;
  let looking = false;
  const run = async (): Promise<void> => {
    looking = true;
    for (; asked;) {
      asked = false;
      await look();
    }
    looking = false;
  };
  return () => {
    asked = true;
    if (!looking) run().catch(() => undefined);
  };
}

const writer = `const [markers, rate] = process.argv.slice(1).map(Number); const began = process.hrtime.bigint(); let written = 0;
const tick = () => { const due = Math.min(markers, Math.floor(Number(process.hrtime.bigint() - began) / 1e9 * rate));
for (; written < due; written += 1) process.stdout.write(JSON.stringify({ at: String(process.hrtime.bigint()) }) + '\\n');
if (written < markers) setTimeout(tick, 1); }; tick();`;

async function connected({ databaseUrl }: Stack, closing: (() => unknown)[]): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  closing.push(() => client.end());
  return client;
}

async function bell(stack: Stack, look: () => void, closing: (() => unknown)[]): Promise<() => Promise<unknown>> {
  if (stack.redisUrl === null) {
    const [listener, notifier] = [await connected(stack, closing), await connected(stack, closing)];
    listener.on('notification', () => look());
    await listener.query('LISTEN bare_bell');
    const inTurn = oneAfterTheOther();
    return () => inTurn(() => notifier.query("SELECT pg_notify('bare_bell', '1')"));
  }
  const [subscriber, publisher] = [new Redis(stack.redisUrl), new Redis(stack.redisUrl)];
  closing.push(() => (subscriber.disconnect(), publisher.disconnect()));
  subscriber.on('message', () => look());
  const channel = `bare-bell-${stack.namespace}`;
  await subscriber.subscribe(channel);
  return () => publisher.publish(channel, '1');
}

async function bareSocket(closing: (() => unknown)[]): Promise<{
  readonly send: (text: string) => void;
  readonly received: (count: number) => Promise<number[]>;
}> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const joined = once(server, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    perMessageDeflate: false,
  });
  const [peer] = await joined;
  closing.push(() => (client.terminate(), server.close()));
  const delays: number[] = [];
  const received = (count: number): Promise<number[]> =>
    new Promise((resolve) =>
      client.on('message', (data: Buffer) => {
        const now = process.hrtime.bigint();
        delays.push(Number(now - BigInt((JSON.parse(data.toString()) as { at: string }).at)) / 1e6);
        if (delays.length === count) resolve(delays);
      }),
    );
  return { send: (text) => peer.send(text), received };
}
