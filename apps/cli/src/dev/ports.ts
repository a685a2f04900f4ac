import { createServer } from 'node:net';
import { Fault } from '@lockstep/contracts';

const host = '127.0.0.1';

/** The port itself when it is free, otherwise undefined. 0 takes any free one. */
function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, host, () => {
      const { port: taken } = server.address() as { port: number };
      server.close(() => resolve(taken));
    });
  });
}

export async function freePort(preferred = 0): Promise<number> {
  const port = (await probe(preferred)) ?? (await probe(0));
  if (port === undefined) throw new Fault('config_invalid', `No port is free on ${host}. End what you don't need.`);
  return port;
}

/** A port that was asked for is given or refused, never replaced. */
export async function exactPort(port: number): Promise<number> {
  if ((await probe(port)) !== undefined) return port;
  throw new Fault(
    'config_invalid',
    `Port ${port} is in use. End what listens there, or choose another with --port (0 takes a free one).`,
  );
}
