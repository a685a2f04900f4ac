import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '../create-client';
import type { ProblemError } from './problem-error';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (seen: Seen, response: ServerResponse) => void;

describe('a client', () => {
  let server: Server;
  let url: string;
  let answer: Answer;
  const seen: Seen[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (text) => (body += String(text)));
      request.on('end', () => {
        const entry = { method: request.method!, url: request.url!, headers: request.headers, body };
        seen.push(entry);
        answer(entry, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => void seen.splice(0));

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const says =
    (status: number, body: unknown): Answer =>
    (_seen, response) =>
      void response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
  const client = (more: { timeoutMs?: number } = {}) => createClient({ url: `${url}/`, token: 'lst_x', ...more });
  const failure = async (call: Promise<unknown>): Promise<ProblemError> =>
    call.then(
      () => Promise.reject(new Error('the call was expected to fail')),
      (error: ProblemError) => error,
    );

  it('asks with the token, leaves out what is undefined and escapes what goes into a path', async () => {
    answer = says(200, { data: [], nextCursor: null });
    await client().runs.list({ status: 'queued', projectId: undefined, limit: 5 });
    answer = says(200, {});
    await client().runs.retryStep('id/../x', '3 a');
    expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'GET /v1/runs?status=queued&limit=5',
      'POST /v1/runs/id%2F..%2Fx/steps/3%20a/retry',
    ]);
    expect(seen[0]!.headers.authorization).toBe('Bearer lst_x');
  });

  it('gives every POST a key of its own, or the caller’s', async () => {
    answer = says(200, { plan: {}, runId: 'r' });
    await client().plans.approve('a');
    await client().plans.approve('a');
    await client().plans.approve('a', { idempotencyKey: 'mine' });
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBe('mine');
  });

  it('gives lists that come whole as arrays, and text as text', async () => {
    answer = says(200, { data: [{ key: '1' }], nextCursor: null });
    expect(await client().runs.steps('a')).toEqual([{ key: '1' }]);
    answer = says(200, '# Results');
    expect(await client().runs.results('a')).toBe('# Results');
  });

  it('turns a problem document into a ProblemError', async () => {
    const errors = [{ line: 3, column: 1, code: 'no_verification', message: 'Step 1 has none' }];
    answer = says(422, { type: 'urn:x', title: 'T', status: 422, detail: 'Add one.', code: 'no_verification', errors });
    const error = await failure(client().plans.submit({ projectId: 'p', document: 'x' }));
    expect(error).toMatchObject({ status: 422, code: 'no_verification', detail: 'Add one.', errors });
  });

  it.each([
    ['an error that is no problem document', 502, '<html>', 502],
    ['a success that is no JSON', 200, '<html>', 200],
  ])('says so when it gets %s', async (_what, status, body, expected) => {
    answer = says(status, body);
    const error = await failure(client().runs.get('a'));
    expect(error).toMatchObject({ status: expected, code: 'unexpected_response' });
  });

  it('says what to do when nobody answers', async () => {
    const error = await failure(createClient({ url: 'http://127.0.0.1:1', token: 't' }).projects.list());
    expect(error).toMatchObject({ status: 0, code: 'unreachable' });
    expect(error.detail).toContain('LOCKSTEP_URL');
  });

  it('gives up after its time limit', async () => {
    answer = () => undefined;
    const error = await failure(client({ timeoutMs: 50 }).runs.get('a'));
    expect(error).toMatchObject({ status: 0, code: 'timeout' });
    expect(error.detail).toContain('/readyz');
  });

  it('rejects with the caller’s reason when the caller gives up', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    answer = () => stop.abort(reason);
    await expect(client().runs.get('a', { signal: stop.signal })).rejects.toBe(reason);
  });
});
