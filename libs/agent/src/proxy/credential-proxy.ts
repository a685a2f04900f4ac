import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { Fault } from '@lockstep/contracts';
import type { RateLimit } from '../outcome';
import { readRateLimit } from './limit-headers';

export interface CredentialProxyOptions {
  /** The Messages API, with a path prefix where a gateway has one. */
  readonly upstreamUrl: string;
  readonly apiKey: string;
  /** How the upstream wants the key; `x-api-key` by default. */
  readonly scheme?: 'x-api-key' | 'bearer';
  /** Told of every 429 and 529, also of those that Claude retries. */
  readonly onRateLimit?: (runId: string, limit: RateLimit) => void;
  /** Told of every message that the upstream begins to answer. */
  readonly onAcceptance?: (runId: string) => void;
  /** Milliseconds of a clock that never jumps; that of the conversations, too. */
  readonly now?: () => number;
}

/**
 * A loopback door to the Messages API. An agent holds a token that is worth nothing elsewhere and nothing after its run; the
 * key stays in the executor. The door leads to the model's own requests only: a token buys no files, batches or accounts.
 */
export interface CredentialProxy {
  /** For `ANTHROPIC_BASE_URL`. */
  readonly url: string;
  /** The run's token, made at the first call. */
  tokenFor(runId: string): string;
  /** From now on the run's token is refused; its open requests are cut. */
  revoke(runId: string): void;
  /** The latest refusal that the run's requests met. */
  latestRateLimit(runId: string): RateLimit | undefined;
  /** May be called twice. */
  stop(): Promise<void>;
}

/** Named by the hop they belong to, or about to be replaced. */
const notForwarded = new Set(
  'connection,keep-alive,proxy-authenticate,proxy-authorization,te,trailer,transfer-encoding,upgrade,host,x-api-key,authorization'.split(
    ',',
  ),
);

const open = /^\/v1\/(messages(\/count_tokens)?|models(\/[\w.-]+)?)$/;

const withoutHop = (headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !notForwarded.has(name)));

/**
 * What the bodies of a run's open requests may take together. The Messages API takes 32 MB; an agent that sends without end, or much at
 * once, must not fill the executor's memory.
 */
const mostBytes = 64 * 2 ** 20;

/** A request that is being answered, with the bytes that are held of it: it may have to be sent again. */
interface Flight {
  readonly runId: string;
  bytes: number;
}

/** Requests name a path of ours. */
const door = 'http://loopback';

const refuse = (response: http.ServerResponse, status: number, type: string, message: string): void => {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ type: 'error', error: { type, message } }));
};

const isMessage = ({ method, path }: http.RequestOptions): boolean =>
  method === 'POST' && path?.split('?', 1)[0]?.endsWith('/v1/messages') === true;

const steadyMs = (): number => performance.now();

class Proxy implements CredentialProxy {
  private readonly tokens = new Map<string, string>();
  private readonly limits = new Map<string, RateLimit>();
  private readonly inFlight = new Map<http.ServerResponse, Flight>();
  private readonly upstream: URL;
  private readonly client: typeof http | typeof https;
  private readonly agent: http.Agent;
  private readonly server = http.createServer((request, response) => this.serve(request, response));

  constructor(private readonly options: CredentialProxyOptions) {
    this.upstream = new URL(options.upstreamUrl);
    this.client = this.upstream.protocol === 'https:' ? https : http;
    this.agent = new this.client.Agent({ keepAlive: true });
  }

  async listen(): Promise<this> {
    // A connection that is closed for idleness while a request is on its way costs the agent that request.
    this.server.keepAliveTimeout = 0;
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo | null)?.port ?? 0}`;
  }

  tokenFor(runId: string): string {
    const known = [...this.tokens].find(([, id]) => id === runId)?.[0];
    const token = known ?? `lockstep-run-${randomBytes(24).toString('base64url')}`;
    this.tokens.set(token, runId);
    return token;
  }

  revoke(runId: string): void {
    for (const [token, id] of this.tokens) if (id === runId) this.tokens.delete(token);
    for (const [response, flight] of this.inFlight) if (flight.runId === runId) response.destroy();
    this.limits.delete(runId);
  }

  latestRateLimit(runId: string): RateLimit | undefined {
    return this.limits.get(runId);
  }

  async stop(): Promise<void> {
    this.tokens.clear();
    this.agent.destroy();
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const target = request.url ?? '/';
    if (!URL.canParse(target, door)) return refuse(response, 400, 'invalid_request_error', 'The request names no path');
    const { pathname, search } = new URL(target, door);
    if (request.method === 'HEAD' && pathname === '/') return void response.end();
    const runId = this.tokens.get(tokenOf(request));
    if (runId === undefined)
      return refuse(response, 401, 'authentication_error', 'This run token is not, or no longer, valid');
    if (!open.test(pathname)) return refuse(response, 404, 'not_found_error', `${pathname} is not open to agents`);
    const flight: Flight = { runId, bytes: 0 };
    this.inFlight.set(response, flight);
    response.once('close', () => this.inFlight.delete(response));
    this.bodyOf(request, flight)
      .then((body) => this.forward({ ...this.onward(request, pathname + search), agent: this.agent }, body, response))
      .catch(() => response.destroy());
  }

  /** Null when the run's open requests are more than may be held. Rejects when the sender goes away in the middle. */
  private async bodyOf(request: http.IncomingMessage, flight: Flight): Promise<Buffer | null> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) {
      flight.bytes += chunk.length;
      if (this.heldOf(flight.runId) > mostBytes) return null;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  private heldOf(runId: string): number {
    return [...this.inFlight.values()].reduce((sum, each) => sum + (each.runId === runId ? each.bytes : 0), 0);
  }

  private forward(options: http.RequestOptions, body: Buffer | null, response: http.ServerResponse): void {
    if (response.destroyed) return;
    if (body !== null) return this.send(options, body, response);
    refuse(response, 413, 'request_too_large', `The open requests of a run may have ${mostBytes} bytes`);
  }

  private onward({ method = 'GET', headers }: http.IncomingMessage, path: string): http.RequestOptions {
    const { protocol, hostname, port, pathname } = this.upstream;
    return {
      ...{ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, method },
      path: pathname.replace(/\/$/, '') + path,
      headers: { ...withoutHop(headers), host: this.upstream.host, ...this.credential() },
    };
  }

  /**
   * An upstream may close an idle connection at the moment at which it is used again. Such a request was not
   * answered and does nothing but answer: it goes once more, over a connection of its own.
   */
  private send(options: http.RequestOptions, body: Buffer, response: http.ServerResponse): void {
    const onward = this.client.request(options);
    const cut = (): void => void onward.destroy();
    response.once('close', cut);
    onward.once('response', (answer) => this.answer(answer, response, isMessage(options)));
    onward.once('error', (error) => {
      response.off('close', cut);
      if (onward.reusedSocket && !response.headersSent && !response.destroyed)
        return this.send({ ...options, agent: false }, body, response);
      refuse(response, 502, 'api_error', `The model's API cannot be reached: ${error.message}`);
    });
    onward.end(body);
  }

  private answer(answer: http.IncomingMessage, response: http.ServerResponse, isMessage: boolean): void {
    const status = answer.statusCode ?? 0;
    // Node writes no status below 200 as an answer; what sends one is no Messages API.
    if (status < 200) {
      answer.destroy();
      return refuse(response, 502, 'api_error', `The model's API answered with status ${status}`);
    }
    const runId = this.inFlight.get(response)?.runId;
    if (isMessage && status < 300 && runId !== undefined) this.options.onAcceptance?.(runId);
    this.note(runId, readRateLimit(status, answer.headers, (this.options.now ?? steadyMs)()));
    response.writeHead(status, withoutHop(answer.headers));
    response.flushHeaders();
    pipeline(answer, response, () => undefined);
  }

  private note(runId: string | undefined, limit: RateLimit | undefined): void {
    if (runId === undefined || limit === undefined) return;
    this.limits.set(runId, limit);
    this.options.onRateLimit?.(runId, limit);
  }

  private credential(): http.OutgoingHttpHeaders {
    const { apiKey, scheme } = this.options;
    return scheme === 'bearer' ? { authorization: `Bearer ${apiKey}` } : { 'x-api-key': apiKey };
  }
}

const tokenOf = (request: http.IncomingMessage): string => {
  const key = request.headers['x-api-key'];
  return typeof key === 'string' ? key : (request.headers.authorization ?? '').replace(/^Bearer /i, '');
};

/** Throws `config_invalid` when the upstream is no http(s) URL. */
export const startCredentialProxy = async (options: CredentialProxyOptions): Promise<CredentialProxy> => {
  if (!URL.canParse(options.upstreamUrl) || !/^https?:$/.test(new URL(options.upstreamUrl).protocol))
    throw new Fault(
      'config_invalid',
      `${options.upstreamUrl} is not an http(s) URL. Set ANTHROPIC_BASE_URL to the Messages API's address.`,
    );
  return new Proxy(options).listen();
};
