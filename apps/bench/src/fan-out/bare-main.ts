import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { WebSocketServer } from 'ws';

/** Bare `ws`: a line `N size` on stdin sends N messages of that many bytes to every client, one `send` each. */
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('listening', () => process.stdout.write(`listening ${(server.address() as AddressInfo).port}\n`));
function broadcast(count: number, size: number): void {
  const message = 'x'.repeat(size);
  for (let sent = 0; sent < count; sent += 1) for (const client of server.clients) client.send(message);
}

createInterface(process.stdin).on('line', (line) => {
  const [count = 0, size = 0] = line.split(' ').map(Number);
  broadcast(count, size);
});
process.stdin.on('end', () => process.exit(0));
