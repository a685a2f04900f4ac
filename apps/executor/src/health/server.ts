import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '@lockstep/contracts';
import {
  metricsType,
  processSeries,
  renderSeries,
  singleSample,
  type ExecutorConfig,
  type Health,
  type Logger,
  type Service,
} from '@lockstep/runtime';

export interface HealthServerParts {
  readonly health: Health;
  readonly config: Pick<ExecutorConfig, 'healthPort' | 'host' | 'concurrency'>;
  readonly logger: Logger;
  /** How many runs are being driven. */
  readonly busy: () => number;
}

export interface HealthServer extends Service {
  /** Where it listens; empty without a port, and before the start. */
  readonly url: string;
}

/** What an executor tells of itself over HTTP, where a port is given: `/healthz`, `/readyz` and `/metrics`. */
export function createHealthServer(parts: HealthServerParts): HealthServer {
  const { config, logger } = parts;
  const server = createServer((request, response) => {
    answer(parts, request.url?.split('?', 1)[0] ?? '', response).catch((err: unknown) => {
      logger.warn({ err }, 'a question about health was not answered');
      response.destroy();
    });
  });
  return {
    get url() {
      return server.listening ? `http://${config.host}:${(server.address() as AddressInfo).port}` : '';
    },
    start: async () => {
      if (config.healthPort === undefined) return;
      server.listen(config.healthPort, config.host);
      await once(server, 'listening').catch((error: unknown) => refuse(config, error));
      logger.info({ port: (server.address() as AddressInfo).port }, 'health is told here');
    },
    stop: () => close(server),
  };
}

function refuse({ healthPort, host }: HealthServerParts['config'], cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  const advice = 'Executors of one machine need a port each; 0 takes a free one.';
  throw new Fault('config_invalid', `LOCKSTEP_EXECUTOR_PORT=${healthPort} on ${host}: ${why}. ${advice}`, [], {
    cause,
  });
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function answer({ health, config, busy }: HealthServerParts, path: string, to: ServerResponse): Promise<void> {
  if (path === '/healthz') return json(to, 200, { status: 'ok' });
  if (path === '/readyz') {
    const report = await health.ready();
    return json(to, report.ok ? 200 : 503, report);
  }
  if (path !== '/metrics') return json(to, 404, { code: 'not_found' });
  to.writeHead(200, { 'content-type': metricsType }).end(
    renderSeries([
      ...processSeries(),
      singleSample('lockstep_executor_slots', 'gauge', 'Runs that it can drive at once.', config.concurrency),
      singleSample('lockstep_executor_slots_busy', 'gauge', 'Runs that it drives.', busy()),
    ]),
  );
}

const json = (to: ServerResponse, status: number, body: object): void =>
  void to.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
