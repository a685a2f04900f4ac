import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { waitFor } from '@lockstep/testing';
import { readRateLimit, startCredentialProxy, type CredentialProxy } from './index';

let upstream: Server;
let serve: RequestListener;
let proxy: CredentialProxy;
let accepted: string[];
let seen: { url: string; headers: IncomingHttpHeaders; body: string }[];

beforeEach(async () => {
  seen = [];
  accepted = [];
  serve = (_, response) => void response.end('{}');
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
      serve(request, response);
    });
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  const { port } = upstream.address() as AddressInfo;
  proxy = await startCredentialProxy({
    upstreamUrl: `http://127.0.0.1:${port}/gateway/`,
    apiKey: 'real',
    onAcceptance: (runId) => accepted.push(runId),
    now: () => 1_000_000,
  });
});

afterEach(async () => {
  await proxy.stop();
  await proxy.stop();
  upstream.closeAllConnections();
  await new Promise((closed) => upstream.close(closed));
});

const post = (path: string, headers: Record<string, string>, body = '{}') =>
  fetch(proxy.url + path, { method: 'POST', headers, body });

it('adds the key in the token’s place, whichever header that came in', async () => {
  const token = proxy.tokenFor('run-1');
  await post('/v1/messages?beta=true', { 'x-api-key': token, 'anthropic-version': 'v' }, 'the body');
  await post('/v1/messages/count_tokens', { authorization: `Bearer ${token}` });
  expect(seen.map((each) => each.url)).toEqual(['/gateway/v1/messages?beta=true', '/gateway/v1/messages/count_tokens']);
  expect(seen[0]).toMatchObject({ body: 'the body', headers: { 'x-api-key': 'real', 'anthropic-version': 'v' } });
  expect(JSON.stringify(seen)).not.toContain(token);
});

it('gives each run a token of its own, and the same one again', () => {
  expect(proxy.tokenFor('run-1')).toBe(proxy.tokenFor('run-1'));
  expect(proxy.tokenFor('run-2')).not.toBe(proxy.tokenFor('run-1'));
});

it('refuses strangers, revoked runs and doors that aren’t the model’s', async () => {
  const token = proxy.tokenFor('run-1');
  expect((await post('/v1/messages', { 'x-api-key': 'guess' })).status).toBe(401);
  expect((await post('/v1/messages', {})).status).toBe(401);
  for (const path of ['/v1/files', '/v1/messages/batches', '/v1/organizations', '/v1/messages/../files'])
    expect((await post(path, { 'x-api-key': token })).status).toBe(404);
  proxy.revoke('run-1');
  expect((await post('/v1/messages', { 'x-api-key': token })).status).toBe(401);
  expect(seen).toEqual([]);
});

it('passes a stream on as it comes, and cuts it when the run is revoked', async () => {
  serve = (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: one\n\n');
  const response = await post('/v1/messages', { 'x-api-key': proxy.tokenFor('run-1') });
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  expect(Buffer.from(value!).toString()).toBe('event: one\n\n');
  proxy.revoke('run-1');
  await expect(reader.read()).rejects.toThrow();
});

it('passes a broken stream on as a broken stream', async () => {
  serve = (_, response) => {
    response.writeHead(200).write('half');
    setImmediate(() => response.destroy());
  };
  const response = await post('/v1/messages', { 'x-api-key': proxy.tokenFor('run-1') });
  await expect(response.text()).rejects.toThrow();
});

it('sends a request again that met a connection which the upstream was just closing', async () => {
  const headers = { 'x-api-key': proxy.tokenFor('run-1') };
  const served = new Set<Socket>();
  upstream.prependListener('request', ({ socket }: IncomingMessage) => {
    if (served.has(socket)) socket.destroy();
    served.add(socket);
  });
  serve = (_, response) => void response.end('answered');
  await (await post('/v1/messages', headers, 'one')).text();
  const second = await post('/v1/messages', headers, 'two');
  expect([second.status, await second.text()]).toEqual([200, 'answered']);
  expect(seen.at(-1)?.body).toBe('two');
});

it('refuses a request larger than any that the API takes', async () => {
  const response = await post('/v1/messages', { 'x-api-key': proxy.tokenFor('run-1') }, 'x'.repeat(64 * 2 ** 20 + 1));
  expect(response.status).toBe(413);
  expect(seen).toEqual([]);
});

it('holds no more than that of all requests of a run that are under way', async () => {
  let answerFirst: () => void = () => undefined;
  serve = (_, response) => (answerFirst = () => void response.end('{}'));
  const headers = { 'x-api-key': proxy.tokenFor('run-1') };
  const first = post('/v1/messages', headers, 'x'.repeat(40 * 2 ** 20));
  await waitFor(() => seen.length === 1, { what: 'the first request' });
  expect((await post('/v1/messages', headers, 'x'.repeat(40 * 2 ** 20))).status).toBe(413);
  serve = (_, response) => void response.end('{}');
  const other = { 'x-api-key': proxy.tokenFor('run-2') };
  expect((await post('/v1/messages', other, 'x'.repeat(40 * 2 ** 20))).status).toBe(200);
  answerFirst();
  expect((await first).status).toBe(200);
  await (await first).text();
  expect((await post('/v1/messages', headers, 'x'.repeat(40 * 2 ** 20))).status).toBe(200);
});

/** What a socket says until it ends. */
const said = async (socket: Socket): Promise<string> => {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
};

it.each(['//', 'http://['])('refuses a request for %s, which names no path', async (target) => {
  const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  socket.end(`GET ${target} HTTP/1.1\r\nhost: loopback\r\nconnection: close\r\n\r\n`);
  expect(await said(socket)).toMatch(/^HTTP\/1.1 400 /);
});

it('answers 502 to what no Messages API answers', async () => {
  serve = (_, response) => void response.socket?.end('HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n');
  const response = await post('/v1/messages', { 'x-api-key': proxy.tokenFor('run-1') });
  expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('status 99')]);
});

it('tells of messages that are taken, and of nothing else', async () => {
  const headers = { 'x-api-key': proxy.tokenFor('run-1') };
  await post('/v1/messages/count_tokens', headers);
  serve = (_, response) => void response.writeHead(529).end('{}');
  await post('/v1/messages', headers);
  expect(accepted).toEqual([]);
  serve = (_, response) => void response.end('{}');
  await post('/v1/messages?beta=true', headers);
  expect(accepted).toEqual(['run-1']);
});

it('keeps a run’s latest refusal', async () => {
  serve = (_, response) => void response.writeHead(429, { 'retry-after': '5' }).end('{}');
  const response = await post('/v1/messages', { 'x-api-key': proxy.tokenFor('run-1') });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '5']);
  expect(proxy.latestRateLimit('run-1')).toEqual({
    status: 429,
    exhausted: false,
    retryAfterMs: 5_000,
    seenAt: 1_000_000,
  });
  expect(proxy.latestRateLimit('run-2')).toBeUndefined();
});

it('answers 502 when the upstream is gone', async () => {
  upstream.closeAllConnections();
  await new Promise((closed) => upstream.close(closed));
  const response = await post('/v1/messages', { 'x-api-key': proxy.tokenFor('run-1') });
  expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('cannot be reached')]);
});

it('takes http(s) upstreams only', async () => {
  for (const upstreamUrl of ['file:///etc', 'nonsense'])
    await expect(startCredentialProxy({ upstreamUrl, apiKey: 'real' })).rejects.toMatchObject({
      code: 'config_invalid',
    });
});

describe('the time to come back', () => {
  const now = 1_000_000_000_000;
  it.each<[string, IncomingHttpHeaders, object]>([
    [
      'a used-up allowance',
      { 'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': '1000000600' },
      { exhausted: true, resetAt: 1_000_000_600_000 },
    ],
    [
      'an allowance that isn’t the cause',
      { 'anthropic-ratelimit-unified-status': 'allowed', 'anthropic-ratelimit-unified-reset': '1000000600' },
      { exhausted: false },
    ],
    ['seconds', { 'retry-after': '30' }, { exhausted: false, retryAfterMs: 30_000 }],
    ['a date', { 'retry-after': new Date(now + 60_000).toUTCString() }, { resetAt: now + 60_000 }],
    [
      'an empty window',
      { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2001-09-09T01:50:00Z' },
      { resetAt: Date.parse('2001-09-09T01:50:00Z') },
    ],
    [
      'no moment that there is',
      {
        'retry-after': '5',
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': '9'.repeat(20),
      },
      { retryAfterMs: 5_000 },
    ],
    ['nothing', {}, { exhausted: false, seenAt: now }],
  ])('is read from %s', (_, headers, expected) => {
    const limit = readRateLimit(429, headers, now);
    expect(limit).toMatchObject(expected);
    expect('resetAt' in limit!).toBe('resetAt' in expected);
    expect('retryAfterMs' in limit!).toBe('retryAfterMs' in expected);
  });

  it('is of no concern for other answers', () => {
    expect(readRateLimit(200, { 'retry-after': '1' }, now)).toBeUndefined();
  });
});
