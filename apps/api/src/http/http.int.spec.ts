import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import type { Plan, Problem, Project } from '@lockstep/contracts';
import { openDatabase, type Database } from '@lockstep/database';
import { silentLogger } from '@lockstep/runtime';
import type { Backplane } from '@lockstep/backplane';
import { createApi } from '../api';
import {
  callsOf,
  problem,
  problemOf,
  read,
  settings,
  startApi,
  type ApiUnderTest,
  type Client,
} from '../testing/api-under-test';
import { newProject, planText, storedPlan } from '../testing/fixtures';

let under: ApiUnderTest;
let client: Client;
beforeAll(async () => {
  under = await startApi();
  client = await under.client();
});
afterAll(() => under.stop());

const send = async (path: string, init: RequestInit & { duplex?: 'half' } = {}) =>
  read(await fetch(under.api.url + path, init));
const authorized = () => ({ authorization: `Bearer ${client.token}` });
const jsonHeaders = () => ({ ...authorized(), 'content-type': 'application/json' });

describe('a request without a good token', () => {
  it.each([
    ['none', {}],
    ['an unknown one', { authorization: 'Bearer lst_unknown' }],
    ['another scheme', { authorization: 'Basic dTpw' }],
    ['rubbish', { authorization: 'Bearer \u00e9' }],
  ])('%s is refused', async (_, headers) => {
    const reply = await send('/v1/runs', { headers });
    expect(problemOf(reply)).toEqual(problem(401, 'unauthenticated'));
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="lockstep"');
  });

  it('is refused however its URL is spelt', async () => {
    for (const path of ['/%761/runs', '/v1/%72uns', '/v1/runs?x'])
      expect(problemOf(await send(path))).toEqual(problem(401, 'unauthenticated'));
  });

  it('is refused before its body is read', async () => {
    const reply = await send('/v1/plans', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(10_000_000),
    });
    expect(problemOf(reply)).toEqual(problem(401, 'unauthenticated'));
  });

  it('may be one whose token is revoked or has expired', async () => {
    for (const change of [{ revokedAt: new Date() }, { expiresAt: new Date(Date.now() - 1) }]) {
      const { token, teamId, get } = await under.client();
      await under.test.database.prisma.token.updateMany({ where: { teamId }, data: change });
      expect([token.length > 20, problemOf(await get('/v1/runs'))]).toEqual([true, problem(401, 'unauthenticated')]);
    }
  });
});

describe('a request that is none of ours', () => {
  it.each([
    ['GET', '/nope'],
    ['GET', '/v1/nope'],
    ['GET', '/v1/runs/x/nope'],
    ['DELETE', '/v1/runs'],
    ['PUT', '/v1/projects'],
    ['POST', '/healthz'],
  ])('%s %s is not found', async (method, path) => {
    const reply = await send(path, { method, headers: authorized() });
    expect(reply.status).toBe(404);
    expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('needs no token to hear that there is no such route', async () => {
    expect(problemOf(await send('/v1/nope'))).toEqual(problem(404, 'not_found'));
  });

  it('may have a URL that cannot be decoded', async () => {
    expect(problemOf(await send('/v1/runs/%zz', { headers: authorized() }))).toEqual(problem(400, 'bad_request'));
  });
});

describe('a body', () => {
  const post = (body: string, headers: Record<string, string> = jsonHeaders()) =>
    send('/v1/projects', { method: 'POST', headers, body });

  it.each(['{"name":', '[', 'nul', '{"a":1}x', '{"__proto__":{"x":1}}'])('%j is malformed', async (text) =>
    expect(problemOf(await post(text))).toEqual(problem(400, 'bad_request')),
  );

  it.each(['[]', '"text"', '1', 'null', 'true', `${'['.repeat(100_000)}${']'.repeat(100_000)}`])(
    '%.20j has the wrong shape',
    async (text) => expect(problemOf(await post(text))).toEqual(problem(422, 'invalid_body')),
  );

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data; boundary=x'])(
    '%s is not JSON',
    async (type) =>
      expect(problemOf(await post('{}', { ...authorized(), 'content-type': type }))).toEqual(
        problem(415, 'unsupported_media_type'),
      ),
  );

  it('of ten megabytes is refused, announced or not', async () => {
    const body = JSON.stringify({ projectId: randomUUID(), document: 'x'.repeat(10_000_000) });
    const before = process.memoryUsage().arrayBuffers;
    expect(problemOf(await post(body))).toEqual(problem(413, 'payload_too_large'));
    const pieces = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(new Uint8Array(1024 * 1024).fill(120));
        pulled += 1;
        if (pulled === 10) controller.close();
      },
    });
    let pulled = 0;
    const chunked = await send('/v1/projects', {
      method: 'POST',
      headers: jsonHeaders(),
      body: pieces,
      duplex: 'half',
    });
    expect(problemOf(chunked)).toEqual(problem(413, 'payload_too_large'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  it('that is announced too large is refused before it is sent', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(under.api.url);
      const socket = connect(Number(port), hostname, () =>
        socket.write(
          `POST /v1/plans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${client.token}\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
        ),
      );
      socket.on('error', reject).once('data', (data) => (resolve(data.toString()), socket.destroy()));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*"code":"payload_too_large"/s);
  });

  it('may be left out where everything in it is optional', async () => {
    const id = await storedPlan(under, client);
    expect((await send(`/v1/plans/${id}/reject`, { method: 'POST', headers: jsonHeaders() })).status).toBe(200);
  });

  it('with keys where none belong is refused', async () => {
    const id = await storedPlan(under, client);
    const reply = await client.post<Problem>(`/v1/plans/${id}/reject`, { reason: 'x', why: 'y' });
    expect([reply.status, reply.body.errors?.[0]?.pointer]).toEqual([422, '/why']);
  });
});

describe('a problem', () => {
  it('has the shape of RFC 9457', async () => {
    const { body } = await client.get<Problem>('/v1/runs/x?after=1');
    expect(body).toEqual({
      type: 'urn:lockstep:problem:not_found',
      title: 'There is no such thing here',
      status: 404,
      detail: expect.stringContaining('"x"'),
      code: 'not_found',
      instance: '/v1/runs/x',
    });
  });

  it('names the request that the log tells more of, and never the cause', async () => {
    const secret = 'relation "secret" at 10.0.0.1';
    const database = { ...under.test.database, transaction: () => Promise.reject(new Error(secret)) } as Database;
    const api = createApi({ database, backplane: idle(), settings, logger: silentLogger() });
    await api.start();
    const id = await storedPlan(under, client);
    const reply = await callsOf(api, client.token).post<Problem>(`/v1/plans/${id}/approve`, undefined, {
      'x-request-id': 'request-0815',
    });
    await api.stop();
    expect(problemOf(reply)).toEqual(problem(500, 'internal'));
    expect(JSON.stringify(reply.body)).not.toContain('secret');
    expect([reply.body.detail, reply.headers.get('x-request-id')]).toEqual([
      expect.stringContaining('request-0815'),
      'request-0815',
    ]);
  });

  it('says when Postgres is away', async () => {
    const database = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none', connectTimeoutMs: 500 });
    const api = createApi({ database, backplane: idle(), settings, logger: silentLogger() });
    await api.start();
    const reply = await callsOf(api, client.token).get<Problem>('/v1/runs');
    const ready = await read<{ ok: boolean; checks: unknown[] }>(await fetch(`${api.url}/readyz`));
    await api.stop();
    await database.stop();
    expect(problemOf(reply)).toEqual(problem(503, 'database_unavailable'));
    expect([reply.headers.get('retry-after'), reply.body.detail.includes('127.0.0.1')]).toEqual(['1', false]);
    expect([ready.status, ready.body.ok]).toEqual([503, false]);
    expect(ready.body.checks).toContainEqual({ name: 'database', ok: false, detail: expect.any(String) });
  });
});

/** A backplane that does nothing, where the spec is about something else. */
function idle(): Backplane {
  const nothing = async () => undefined;
  return {
    kind: 'postgres',
    producer: { ring: nothing },
    admin: { counts: async () => ({ waiting: 0, active: 0 }), isEmpty: async () => true, obliterate: nothing },
    nudges: { publish: () => undefined, subscribe: async () => () => undefined },
    consumer: () => {
      throw new Error('there is no consumer');
    },
    checks: { queue: nothing, nudges: nothing },
    start: nothing,
    stop: nothing,
  };
}

describe('an Idempotency-Key', () => {
  it('makes one thing of two requests', async () => {
    const { id: projectId } = await newProject(client);
    const key = { 'idempotency-key': randomUUID() };
    const first = await client.post<Plan>('/v1/plans', { projectId, document: planText() }, key);
    const second = await client.post<Plan>('/v1/plans', { projectId, document: planText() }, key);
    expect([first.status, second.status, second.body]).toEqual([201, 201, first.body]);
    expect(await under.test.database.prisma.plan.count({ where: { projectId } })).toBe(1);
  });

  it('makes one run of two approvals at once', async () => {
    const id = await storedPlan(under, client);
    const key = { 'idempotency-key': randomUUID() };
    const replies = await Promise.all(
      [1, 2].map(() => client.post<{ runId: string }>(`/v1/plans/${id}/approve`, undefined, key)),
    );
    const again = await client.post<{ runId: string }>(`/v1/plans/${id}/approve`, undefined, key);
    const good = replies.filter(({ status }) => status === 200);
    expect(good.length).toBeGreaterThan(0);
    expect(new Set([...good, again].map(({ body }) => body.runId)).size).toBe(1);
    expect(await under.test.database.prisma.run.count({ where: { planId: id } })).toBe(1);
  });

  it('is good for one request only', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const [a, b] = [await storedPlan(under, client), await storedPlan(under, client)];
    await client.post(`/v1/plans/${a}/approve`, undefined, key);
    expect(problemOf(await client.post(`/v1/plans/${b}/approve`, undefined, key))).toEqual(
      problem(409, 'idempotency_mismatch'),
    );
  });

  it('belongs to the team', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const spec = { name: 'same', repository: 'https://git.example.org/a/b' };
    const [one, two] = [await under.client(), await under.client()];
    const [a, b] = [
      await one.post<Project>('/v1/projects', spec, key),
      await two.post<Project>('/v1/projects', spec, key),
    ];
    expect([a.status, b.status, a.body.id === b.body.id]).toEqual([201, 201, false]);
  });

  it('is given back by a request that failed', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const bad = { name: 'later', repository: 'nonsense' };
    expect((await client.post('/v1/projects', bad, key)).status).toBe(422);
    const good = { name: 'later', repository: 'https://git.example.org/a/b' };
    expect((await client.post('/v1/projects', good, key)).status).toBe(201);
  });

  it.each(['', 'a b', 'x'.repeat(201)])('%.5j is none', async (key) => {
    const reply = await client.post('/v1/feed/tickets', undefined, { 'idempotency-key': key });
    expect(problemOf(reply)).toEqual(problem(400, 'bad_request'));
  });
});
