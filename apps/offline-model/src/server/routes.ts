import { type IncomingMessage, type ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { isFault } from '@lockstep/contracts';
import { messagesRequest, type MessagesRequest } from '../messages/request';
import { inputTokens, inputUsage } from '../messages/usage';
import { readScript } from '../script/read';
import { answer, gone } from './answer';
import { apiError } from './api-error';
import { JsonSink } from './json-sink';
import { type Model } from './model';
import { type RecordedRequest, type RequestLog } from './request-log';
import { readBody, sendError, sendJson } from './send';
import { StreamSink } from './stream-sink';

/** The Messages API takes 32 MB. */
const maxBodyBytes = 32 * 1024 * 1024;

export interface Routes {
  readonly model: Model;
  readonly log: RequestLog;
  readonly stopping: AbortSignal;
}

interface Exchange extends Routes {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
}

export async function route(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://loopback').pathname;
  const exchange = { ...routes, request, response, path };
  if (path.startsWith('/_lockstep/')) return debug(exchange);
  if (request.method === 'POST' && path === '/v1/messages') return messages(exchange);
  if (request.method === 'POST' && path === '/v1/messages/count_tokens') return countTokens(exchange);
  routes.log.add(seen(exchange));
  return other(exchange);
}

async function messages(exchange: Exchange): Promise<void> {
  const { model, log, response, stopping } = exchange;
  const request = await parseMessages(exchange);
  if (!request) return;
  const { reply, recorded } = model.reply(request, sessionOf(exchange.request));
  log.add({ ...seen(exchange), message: recorded, note: reply.note });
  const newId = (): string => randomUUID().replaceAll('-', '');
  const head = { id: `msg_${newId()}`, model: request.model, usage: { ...inputUsage(request) } };
  const sink = request.stream ? new StreamSink(response, head, newId) : new JsonSink(response, head, newId);
  await answer(reply, sink, gone(response, stopping));
}

async function countTokens(exchange: Exchange): Promise<void> {
  const request = await parseMessages(exchange);
  if (!request) return;
  exchange.log.add({ ...seen(exchange), note: 'count_tokens' });
  sendJson(exchange.response, 200, { input_tokens: inputTokens(request) });
}

/** The request, or undefined after the error has been sent. */
async function parseMessages({ request, response }: Exchange): Promise<MessagesRequest | undefined> {
  const body = await readBody(request, maxBodyBytes);
  const parsed = messagesRequest.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  const [status, type] =
    body === undefined ? ([413, 'request_too_large'] as const) : ([400, 'invalid_request_error'] as const);
  const why = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  sendError(response, apiError(status, type, why));
  return undefined;
}

function parseJson(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
}

function other({ request, response, path }: Exchange): void {
  if (request.method === 'GET' && path === '/v1/models') return sendJson(response, 200, { data: [], has_more: false });
  if (request.method === 'HEAD') return void response.writeHead(200).end();
  if (request.method === 'GET' && path === '/') return sendJson(response, 200, { offlineModel: true });
  sendError(response, apiError(404, 'not_found_error', `${request.method} ${path} is not part of the offline model`));
}

/** For specs: what was asked, and a new script. */
async function debug({ model, log, request, response, path }: Exchange): Promise<void> {
  if (request.method === 'GET' && path === '/_lockstep/requests') return sendJson(response, 200, log.all());
  if (request.method !== 'PUT' || path !== '/_lockstep/script') {
    return sendError(response, apiError(404, 'not_found_error', 'GET /_lockstep/requests or PUT /_lockstep/script'));
  }
  const body = parseJson(await readBody(request, maxBodyBytes));
  try {
    model.setScript(readScript(body));
    response.writeHead(204).end();
  } catch (error) {
    if (!isFault(error)) throw error;
    sendError(response, apiError(400, 'invalid_request_error', error.message));
  }
}

const sessionOf = (request: IncomingMessage): string | undefined => {
  const value = request.headers['x-claude-code-session-id'];
  return Array.isArray(value) ? value[0] : value;
};

const secret = new Set(['authorization', 'x-api-key', 'proxy-authorization', 'cookie']);

function seen({ request }: Exchange): RecordedRequest {
  const entries = Object.entries(request.headers).map(([name, value]) => [
    name,
    secret.has(name) ? '(set)' : String(value),
  ]);
  return {
    at: new Date().toISOString(),
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(entries) as Record<string, string>,
  };
}
