import { randomBytes } from 'node:crypto';
import { createBackplane, type Backplane } from '@lockstep/backplane';
import type { Problem } from '@lockstep/contracts';
import { issueToken } from '@lockstep/database';
import { testDatabase, type TestDatabase } from '@lockstep/database/testing';
import { silentLogger } from '@lockstep/runtime';
import { createApi, type Api } from '../api';
import type { ApiOptions } from '../parts';

export const settings: ApiOptions = {
  host: '127.0.0.1',
  port: 0,
  bodyLimitBytes: 4 * 1024 * 1024,
  relayIntervalMs: 1_000,
  sweepIntervalMs: 1_000,
  allowLocalRepositories: true,
  snapshotDir: undefined,
  retentionIntervalMs: 3_600_000,
  retainOutputDays: null,
  retainOutputBytes: null,
  retainSnapshotsDays: null,
  retainSnapshotsBytes: null,
  retainEventsDays: null,
  retainEventsBytes: null,
};

export type BackplaneKind = 'redis' | 'postgres';
// eslint-disable-next-line no-restricted-properties -- for specs: where the test run's Redis is, told by Jest's set-up
const redisUrl = process.env['LOCKSTEP_TEST_REDIS_URL'];
/** The backplanes that this machine can run. */
export const kinds: readonly BackplaneKind[] = redisUrl ? ['redis', 'postgres'] : ['postgres'];

/** A namespace of the spec's own, on a Redis that others use too. */
export const ownNamespace = (): string => `api_${randomBytes(6).toString('hex')}`;

export interface Reply<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface Client {
  readonly teamId: string;
  readonly token: string;
  get<T = Record<string, unknown>>(path: string): Promise<Reply<T>>;
  post<T = Record<string, unknown>>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply<T>>;
}

export interface ApiUnderTest {
  readonly api: Api;
  readonly test: TestDatabase;
  readonly backplane: Backplane;
  /** A team of its own with a token. */
  client(): Promise<Client>;
  stop(): Promise<void>;
}

export async function startApi(
  kind: BackplaneKind = 'postgres',
  more: Partial<ApiOptions> = {},
): Promise<ApiUnderTest> {
  const test = await testDatabase();
  const backplane = createBackplane({
    databaseUrl: test.url,
    namespace: ownNamespace(),
    ...(kind === 'redis' && redisUrl ? { redisUrl } : {}),
  });
  const logger = silentLogger();
  const api = createApi({ database: test.database, backplane, settings: { ...settings, ...more }, logger });
  await api.start();
  return {
    api,
    test,
    backplane,
    client: () => clientOf(api, test),
    stop: async () => {
      await api.stop();
      await test.stop();
    },
  };
}

export async function clientOf(api: Pick<Api, 'url'>, test: TestDatabase): Promise<Client> {
  const { token, teamId } = await issueToken(test.database, { team: ownNamespace(), name: 'tester' });
  return { token, teamId, ...callsOf(api, token) };
}

export function callsOf(api: Pick<Api, 'url'>, token: string): Pick<Client, 'get' | 'post'> {
  const authorization = `Bearer ${token}`;
  return {
    get: async (path) => read(await fetch(api.url + path, { headers: { authorization } })),
    post: async (path, body, headers = {}) =>
      read(
        await fetch(api.url + path, {
          method: 'POST',
          headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        }),
      ),
  };
}

export async function read<T>(response: Response): Promise<Reply<T>> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
}

/** What a test says of a problem: status, media type and code at once. */
export const problemOf = ({ status, headers, body }: Reply<unknown>) => ({
  status,
  type: headers.get('content-type')?.split(';')[0],
  code: (body as Problem).code,
});

export const problem = (status: number, code: string) => ({ status, type: 'application/problem+json', code });
