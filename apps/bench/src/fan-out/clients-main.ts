import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { clientFrame, FrameCounter } from './frames';

/**
 * Many websocket clients in one process, told by one JSON line on stdin; they count frames and do nothing else. Each line `?` on stdin is
 * answered with the number of frames since the start.
 */
interface Order {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clients: number;
  /** Sent once the connection stands. */
  readonly hello: string | null;
}

const counters: FrameCounter[] = [];
const total = (): number => counters.reduce((sum, { frames }) => sum + frames, 0);

function open({ port, path, headers, hello }: Order): Promise<void> {
  const counter = new FrameCounter();
  counters.push(counter);
  const socket = connect(port, '127.0.0.1');
  const lines = Object.entries({
    Host: 'bench',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  let head: Buffer = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
    const opening = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.toString('latin1', 0, 12).includes('101')) return reject(new Error(head.toString('utf8', 0, 200)));
      socket.off('data', opening);
      counter.add(head.subarray(end + 4));
      socket.on('data', (bytes: Buffer) => counter.add(bytes));
      if (hello !== null) setTimeout(() => socket.write(clientFrame(hello)), 300);
      resolve();
    };
    socket.on('data', opening);
  });
}

async function obey(line: string): Promise<void> {
  if (line === '?') return void process.stdout.write(`${total()}\n`);
  const order = JSON.parse(line) as Order;
  for (let at = 0; at < order.clients; at += 50)
    await Promise.all(Array.from({ length: Math.min(50, order.clients - at) }, () => open(order)));
  process.stdout.write('ready\n');
}

let rest = '';
process.stdin.on('data', (chunk: Buffer) => {
  const lines = (rest + chunk.toString('utf8')).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines)
    obey(line).catch((error: unknown) => (process.stderr.write(`${String(error)}\n`), process.exit(1)));
});
process.stdin.on('end', () => process.exit(0));
process.stdout.write('listening\n');
