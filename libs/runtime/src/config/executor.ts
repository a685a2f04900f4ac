import { randomBytes } from 'node:crypto';
import { homedir, hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { milliseconds, text, url, wholeNumber } from './kinds';
import { diskRetention } from './retention';
import { localRepositories, snapshotDir, storageSettings } from './services';
import { combineSettings, defineSettings, type ConfigOf, type SettingsRule } from './setting';

interface Executor {
  readonly executorId: string;
  readonly healthPort: number | undefined;
  readonly host: string;
  readonly concurrency: number;
  readonly workspaceRoot: string;
  readonly claudeBin: string | undefined;
  readonly anthropicApiKey: string | undefined;
  readonly anthropicBaseUrl: string | undefined;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly drainGraceMs: number;
  readonly killGraceMs: number;
  readonly turnLimitMs: number;
  readonly idleLimitMs: number;
  readonly verificationLimitMs: number;
  readonly setupLimitMs: number;
  readonly processLimit: number;
  readonly apiRetries: number;
  readonly providerWaitMs: number;
  readonly pruneIntervalMs: number;
  readonly snapshotIntervalMs: number;
  readonly snapshotDir: string | undefined;
  readonly snapshotLimitBytes: number;
  readonly allowLocalRepositories: boolean;
}

const identity = {
  executorId: {
    env: 'EXECUTOR_ID',
    doc: 'The name under which this executor holds leases; no two living executors may share one.',
    schema: text().regex(/^[\w.-]+$/, 'must consist of letters, digits, dot, dash and underscore'),
    fallback: () => `${hostname().replace(/[^\w.-]/g, '-')}-${process.pid}-${randomBytes(3).toString('hex')}`,
    shownDefault: 'host name, process id and a random part',
  },
  healthPort: {
    env: 'LOCKSTEP_EXECUTOR_PORT',
    doc: 'The port for `/healthz`, `/readyz` and `/metrics`; 0 takes a free one. Executors of one machine need one each.',
    schema: wholeNumber(0, 65_535).optional(),
    shownDefault: 'none: it listens nowhere',
  },
  host: {
    env: 'HOST',
    doc: 'The address to listen on, where there is a port.',
    schema: text(),
    fallback: '127.0.0.1',
  },
  concurrency: {
    env: 'EXECUTOR_CONCURRENCY',
    doc: 'How many runs this executor drives at once.',
    schema: wholeNumber(1, 256),
    fallback: '2',
  },
  workspaceRoot: {
    env: 'WORKSPACE_ROOT',
    doc: 'The folder for mirrors and workspaces, an absolute path that lies in no git repository. Of several executors on a machine that share it, each has a folder of its own in it.',
    schema: text().refine(isAbsolute, 'must be an absolute path'),
    fallback: () => join(homedir(), '.lockstep', 'workspaces'),
    shownDefault: '`.lockstep/workspaces` in the home folder',
  },
};

const agent = {
  claudeBin: {
    env: 'CLAUDE_BIN',
    doc: 'The `claude` binary to run.',
    schema: text().optional(),
    shownDefault: 'the one that npm installed',
  },
  anthropicApiKey: {
    env: 'ANTHROPIC_API_KEY',
    doc: 'The key for the Messages API.',
    schema: text().optional(),
    secret: true,
    shownDefault: 'none',
  },
  anthropicBaseUrl: {
    env: 'ANTHROPIC_BASE_URL',
    doc: 'The Messages API to use instead of the public one.',
    schema: url('http:', 'https:').optional(),
    shownDefault: 'the public one',
  },
};

const lease = {
  leaseMs: {
    env: 'LOCKSTEP_LEASE_MS',
    doc: 'How long a run belongs to this executor after its last heartbeat, in milliseconds.',
    schema: milliseconds(200),
    fallback: '10000',
  },
  heartbeatMs: {
    env: 'LOCKSTEP_HEARTBEAT_MS',
    doc: 'How often the lease is renewed, in milliseconds.',
    schema: milliseconds(50),
    fallback: (above: Readonly<Record<string, unknown>>) =>
      typeof above['leaseMs'] === 'number' ? String(Math.floor(above['leaseMs'] / 3)) : '3333',
    shownDefault: 'a third of the lease',
  },
};

const limits = {
  drainGraceMs: {
    env: 'LOCKSTEP_DRAIN_GRACE_MS',
    doc: 'How long a turn may go on after SIGTERM before it is interrupted and kept, in milliseconds.',
    schema: milliseconds(0),
    fallback: '30000',
  },
  killGraceMs: {
    env: 'LOCKSTEP_KILL_GRACE_MS',
    doc: 'How long a process has between SIGTERM and SIGKILL, in milliseconds.',
    schema: milliseconds(0),
    fallback: '3000',
  },
  turnLimitMs: {
    env: 'LOCKSTEP_TURN_LIMIT_MS',
    doc: 'The longest turn of the agent, in milliseconds.',
    schema: milliseconds(100),
    fallback: '3600000',
  },
  idleLimitMs: {
    env: 'LOCKSTEP_IDLE_LIMIT_MS',
    doc: 'How long the agent may print nothing within a turn, in milliseconds.',
    schema: milliseconds(100),
    fallback: '600000',
  },
  verificationLimitMs: {
    env: 'LOCKSTEP_VERIFICATION_LIMIT_MS',
    doc: 'The longest verification command, in milliseconds.',
    schema: milliseconds(100),
    fallback: '900000',
  },
  setupLimitMs: {
    env: 'LOCKSTEP_SETUP_LIMIT_MS',
    doc: 'The longest set-up command of a project, in milliseconds.',
    schema: milliseconds(100),
    fallback: '900000',
  },
  processLimit: {
    env: 'LOCKSTEP_PROCESS_LIMIT',
    doc: 'How many processes the agent of a run, or one command of its gate, may have alive at once; what goes beyond is ended with all it started.',
    schema: wholeNumber(32, 1_000_000),
    fallback: '2048',
  },
  apiRetries: {
    env: 'LOCKSTEP_API_RETRIES',
    doc: 'How often the agent itself repeats a request that the provider refuses or fails (four times take 0.5, 1, 2 and 4 s); what lasts longer is waited for without a process.',
    schema: wholeNumber(0, 20),
    fallback: '4',
  },
  providerWaitMs: {
    env: 'LOCKSTEP_PROVIDER_WAIT_MS',
    doc: 'How long a run waits for a provider that refuses requests and names no time, in milliseconds; doubled each time in a row, up to 64 times it.',
    schema: milliseconds(10),
    fallback: '15000',
  },
  pruneIntervalMs: {
    env: 'LOCKSTEP_PRUNE_INTERVAL_MS',
    doc: 'How often the workspaces of runs that have ended elsewhere are looked for and removed, in milliseconds.',
    schema: milliseconds(50),
    fallback: '30000',
  },
};

const snapshots = {
  snapshotIntervalMs: {
    env: 'LOCKSTEP_SNAPSHOT_INTERVAL_MS',
    doc: 'How often the work in progress and the conversation are kept within a turn, in milliseconds: what the loss of the disk costs at most. 0: only at the end of a turn.',
    schema: milliseconds(0),
    fallback: '30000',
  },
  snapshotDir,
  snapshotLimitBytes: {
    env: 'LOCKSTEP_SNAPSHOT_LIMIT_BYTES',
    doc: 'The largest work in progress that is kept, packed, in bytes. What is larger stays on the executor’s disk alone, and the run says so.',
    schema: wholeNumber(1024, 512 * 1024 * 1024),
    fallback: '67108864',
  },
};

const rules: readonly SettingsRule<Executor>[] = [
  {
    of: ['leaseMs', 'heartbeatMs'],
    check: ({ leaseMs, heartbeatMs }) =>
      leaseMs >= 2 * heartbeatMs
        ? undefined
        : `LOCKSTEP_LEASE_MS=${leaseMs} must hold two heartbeats of LOCKSTEP_HEARTBEAT_MS=${heartbeatMs}, or one late heartbeat loses the run.`,
  },
  {
    of: ['turnLimitMs', 'idleLimitMs'],
    check: ({ turnLimitMs, idleLimitMs }) =>
      idleLimitMs <= turnLimitMs
        ? undefined
        : `LOCKSTEP_IDLE_LIMIT_MS=${idleLimitMs} is longer than LOCKSTEP_TURN_LIMIT_MS=${turnLimitMs} and could never apply.`,
  },
];

export const executorSettings = combineSettings(
  defineSettings<Executor>(
    'Executor',
    { ...identity, ...agent, ...lease, ...limits, ...snapshots, allowLocalRepositories: localRepositories },
    rules,
  ),
  combineSettings(diskRetention, storageSettings),
);

export type ExecutorConfig = ConfigOf<typeof executorSettings>;
