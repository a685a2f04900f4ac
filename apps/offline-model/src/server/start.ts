import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { Fault } from '@lockstep/contracts';
import { readScript } from '../script/read';
import { type ScriptInput } from '../script/schema';
import { apiError } from './api-error';
import { Model, type Mode } from './model';
import { RequestLog, type RecordedRequest } from './request-log';
import { route } from './routes';
import { sendError } from './send';

export interface OfflineModelOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly mode: Mode;
  /** Script mode only; without it no prompt has a turn until `setScript`. */
  readonly script?: ScriptInput;
}

export interface OfflineModel {
  /** `http://127.0.0.1:PORT`, for `ANTHROPIC_BASE_URL`. */
  readonly url: string;
  /** The latest 500 requests, oldest first. */
  requests(): readonly RecordedRequest[];
  /** Replaces the script and forgets which faults have struck. Throws `config_invalid`. */
  setScript(script: ScriptInput): void;
  /** Ends open responses too. May be called twice. */
  stop(): Promise<void>;
}

/** Starts a model on loopback. Throws `config_invalid` for a bad script or a port that cannot be had. */
export async function startOfflineModel(options: OfflineModelOptions): Promise<OfflineModel> {
  const model = new Model(options.mode, readScript(options.script ?? { turns: [] }));
  const log = new RequestLog();
  const stopping = new AbortController();
  const server = createServer((request, response) => {
    route({ model, log, stopping: stopping.signal }, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendError(response, apiError(500, 'api_error', `The offline model failed: ${String(error)}`));
    });
  });
  await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => log.all(),
    setScript: (script) => model.setScript(readScript(script)),
    stop: () => stop(server, stopping),
  };
}

async function listen(server: Server, port: number): Promise<void> {
  // A model may think for longer than Node's default allows a request to take.
  server.requestTimeout = 0;
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Fault('config_invalid', whyNotListening(cause, port), [], { cause });
  }
}

function whyNotListening(cause: unknown, port: number): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use on 127.0.0.1. Choose another one, or --port 0 for any free port.`;
  if (code === 'EACCES') return `Port ${port} may not be opened by this user. Choose one above 1023, or --port 0.`;
  return `Port ${port} cannot be opened on 127.0.0.1 (${code ?? String(cause)}). Use --port 0 for any free port.`;
}

async function stop(server: Server, stopping: AbortController): Promise<void> {
  stopping.abort();
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
