import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { failpointList, type Failpoint } from '../failpoint/spec';
import { choice, flag, milliseconds, text, url, wholeNumber } from './kinds';
import { storedRetention } from './retention';
import { combineSettings, defineSettings, type ConfigOf } from './setting';

export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** What every long-lived process reads. */
export const processSettings = defineSettings<{
  production: boolean;
  logLevel: (typeof logLevels)[number];
  exitWithParent: boolean;
  failpoints: readonly Failpoint[];
}>(
  'Every service',
  {
    production: {
      env: 'NODE_ENV',
      doc: 'Production mode when it is `production`: failpoints are refused.',
      schema: z.string().transform((mode) => mode === 'production'),
      fallback: 'development',
    },
    logLevel: {
      env: 'LOG_LEVEL',
      doc: 'The least severe log line that is written.',
      schema: choice(logLevels),
      fallback: 'info',
    },
    exitWithParent: {
      env: 'LOCKSTEP_EXIT_WITH_PARENT',
      doc: 'Stop when the parent process is gone (its IPC channel or the stdin pipe closes).',
      schema: flag(),
      fallback: 'false',
    },
    failpoints: {
      env: 'LOCKSTEP_FAILPOINTS',
      doc: 'Faults to inject, for drills: `name=kill|throw|pause|skip|delay:MS`, `@N` for the Nth hit only, separated by commas.',
      schema: failpointList,
      fallback: () => '',
      shownDefault: 'none',
    },
  },
  [
    {
      of: ['production', 'failpoints'],
      check: (config) =>
        config.production && config.failpoints.length > 0
          ? 'LOCKSTEP_FAILPOINTS is set while NODE_ENV=production. Faults are injected in drills only: unset one of the two.'
          : undefined,
    },
  ],
);

export const databaseSettings = defineSettings<{ databaseUrl: string }>('Postgres', {
  databaseUrl: {
    env: 'DATABASE_URL',
    doc: 'The Postgres database that holds the truth, as postgresql://user:password@host:port/name.',
    schema: url('postgresql:', 'postgres:'),
    secret: true,
  },
});

export const backplaneSettings = defineSettings<{
  redisUrl: string | undefined;
  allowEvictingRedis: boolean;
  namespace: string;
}>('Queue and nudges', {
  redisUrl: {
    env: 'REDIS_URL',
    doc: 'The Redis that carries queue and nudges, as redis://host:port or rediss://…; unset, Postgres carries both.',
    schema: url('redis:', 'rediss:').optional(),
    shownDefault: 'unset: Postgres',
    secret: true,
  },
  allowEvictingRedis: {
    env: 'LOCKSTEP_ALLOW_EVICTING_REDIS',
    doc: 'Accept a Redis whose maxmemory-policy is not noeviction, although it may drop jobs when it is full.',
    schema: flag(),
    fallback: 'false',
  },
  namespace: {
    env: 'LOCKSTEP_NAMESPACE',
    doc: 'What sets this installation apart from others on the same Redis or database: a short word in lower case.',
    schema: text().regex(
      /^[a-z][a-z0-9_]{0,30}$/,
      'must be lower-case letters, digits and underscores, at most 31 of them',
    ),
    fallback: 'lockstep',
  },
});

/** What every service reads: the database, the backplane and the process. */
export const storageSettings = combineSettings(combineSettings(databaseSettings, backplaneSettings), processSettings);

const listening = (port: string) => ({
  host: { env: 'HOST', doc: 'The address to listen on.', schema: text(), fallback: '127.0.0.1' },
  port: {
    env: 'PORT',
    doc: 'The port to listen on; 0 takes a free one.',
    schema: wholeNumber(0, 65_535),
    fallback: port,
  },
});

export const localRepositories = {
  env: 'LOCKSTEP_ALLOW_LOCAL_REPOSITORIES',
  doc: 'Accept repositories that are folders of this machine.',
  schema: flag(),
  fallback: 'false',
};

export const snapshotDir = {
  env: 'LOCKSTEP_SNAPSHOT_DIR',
  doc: 'The directory for the bytes of run snapshots, an absolute path on a volume that the executors share, and the api, which removes what is no longer kept.',
  schema: text().refine(isAbsolute, 'must be an absolute path').optional(),
  shownDefault: 'unset: they lie in Postgres',
};

export const apiSettings = combineSettings(
  defineSettings<{
    host: string;
    port: number;
    bodyLimitBytes: number;
    relayIntervalMs: number;
    sweepIntervalMs: number;
    allowLocalRepositories: boolean;
    snapshotDir: string | undefined;
  }>('API', {
    ...listening('4600'),
    bodyLimitBytes: {
      env: 'LOCKSTEP_BODY_LIMIT_BYTES',
      doc: 'The largest request body, in bytes.',
      schema: wholeNumber(1024, 64 * 1024 * 1024),
      fallback: '4194304',
    },
    relayIntervalMs: {
      env: 'LOCKSTEP_RELAY_INTERVAL_MS',
      doc: 'How often the outbox is looked through when nothing asks for it sooner, in milliseconds.',
      schema: milliseconds(50),
      fallback: '1000',
    },
    sweepIntervalMs: {
      env: 'LOCKSTEP_SWEEP_INTERVAL_MS',
      doc: 'How often runs whose lease ran out are given back, in milliseconds.',
      schema: milliseconds(100),
      fallback: '1000',
    },
    allowLocalRepositories: localRepositories,
    snapshotDir,
  }),
  combineSettings(storedRetention, storageSettings),
);

export const gatewaySettings = combineSettings(
  defineSettings<{
    host: string;
    port: number;
    pollMs: number;
    heartbeatMs: number;
    authTimeoutMs: number;
    sendBufferLimitBytes: number;
    maxSubscriptions: number;
  }>('Gateway', {
    ...listening('4601'),
    pollMs: {
      env: 'LOCKSTEP_FEED_POLL_MS',
      doc: 'How often subscribed streams are read when no nudge comes, in milliseconds: the price of a lost nudge.',
      schema: milliseconds(50),
      fallback: '2000',
    },
    heartbeatMs: {
      env: 'LOCKSTEP_FEED_HEARTBEAT_MS',
      doc: 'How often a connection is pinged, in milliseconds.',
      schema: milliseconds(100),
      fallback: '15000',
    },
    authTimeoutMs: {
      env: 'LOCKSTEP_FEED_AUTH_TIMEOUT_MS',
      doc: 'How long a connection may stay unauthenticated, in milliseconds.',
      schema: milliseconds(100),
      fallback: '10000',
    },
    sendBufferLimitBytes: {
      env: 'LOCKSTEP_FEED_BUFFER_BYTES',
      doc: 'How much may wait unsent for one client, in bytes, before its output is dropped and then its connection.',
      schema: wholeNumber(16_384, 256 * 1024 * 1024),
      fallback: '1048576',
    },
    maxSubscriptions: {
      env: 'LOCKSTEP_FEED_MAX_SUBSCRIPTIONS',
      doc: 'How many channels one connection may follow.',
      schema: wholeNumber(1, 10_000),
      fallback: '100',
    },
  }),
  storageSettings,
);

/** Where a dev server of this machine runs is found without settings; these three come before it. */
export const clientSettings = defineSettings<{
  url: string | undefined;
  feedUrl: string | undefined;
  token: string | undefined;
}>('Command line', {
  url: {
    env: 'LOCKSTEP_URL',
    doc: 'The API that the command talks to.',
    schema: url('http:', 'https:').optional(),
    shownDefault: 'the `lockstep dev` of this machine that was started last',
  },
  feedUrl: {
    env: 'LOCKSTEP_FEED_URL',
    doc: 'The websocket that the command follows runs on.',
    schema: url('ws:', 'wss:').optional(),
    shownDefault: 'the API’s address with `/v1/feed`',
  },
  token: {
    env: 'LOCKSTEP_TOKEN',
    doc: 'The bearer token that the command shows.',
    schema: text().optional(),
    secret: true,
    shownDefault: 'none; with `lockstep dev` its own',
  },
});

export type ProcessConfig = ConfigOf<typeof processSettings>;
export type BackplaneConfig = ConfigOf<typeof backplaneSettings>;
export type ApiConfig = ConfigOf<typeof apiSettings>;
export type GatewayConfig = ConfigOf<typeof gatewaySettings>;
export type ClientConfig = ConfigOf<typeof clientSettings>;
