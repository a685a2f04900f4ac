import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { Fault } from '@lockstep/contracts';
import { isReachable, serverBinaries, serverUser, type ServerUser } from './binaries';

export interface EmbeddedPostgresOptions {
  /** Kept between starts. Without it the data is thrown away on `stop()`, and durability is traded for speed. */
  readonly dataDir?: string;
  /** Where it listens; a free port when left out. With `dataDir`, a server that comes back under the same URL. */
  readonly port?: number;
  /** Tunes a throw-away server for many short tests. */
  readonly maxConnections?: number;
}

/** A Postgres server of our own on loopback, from the npm package: no account, no Docker, no system service. */
export interface EmbeddedPostgres {
  /** A URL of the server's database `postgres`, as its superuser. */
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  urlOf(database: string): string;
  /** Creates the database unless it is there. */
  createDatabase(name: string, template?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

const startTimeoutMs = 30_000;

/**
 * Starts the server and waits until it accepts connections. Ends with its parent where the system allows it (setpriv), so that a
 * killed `lockstep dev` leaves nothing behind.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const user = serverUser();
  const binaries = serverBinaries(user);
  const ephemeral = options.dataDir === undefined;
  const folder = ephemeral ? throwAwayFolder(user) : keptFolder(options.dataDir, user);
  const cluster = join(folder, 'cluster');
  const password = ensureCluster({ initdb: binaries.initdb, folder, cluster, user });
  const port = options.port ?? (await freePort());
  const child = spawnServer({
    postgres: binaries.postgres,
    cluster,
    port,
    user,
    ephemeral,
    maxConnections: options.maxConnections ?? 200,
  });
  const urlOf = (database: string): string => `postgresql://lockstep:${password}@127.0.0.1:${port}/${database}`;
  await untilReady(child, urlOf('postgres'));
  const stop = async (): Promise<void> => {
    await endServer(child);
    if (ephemeral) rmSync(folder, { recursive: true, force: true });
  };
  return {
    url: urlOf('postgres'),
    dataDir: folder,
    pid: child.pid ?? 0,
    urlOf,
    createDatabase: (name, template) => createDatabase(urlOf, name, template),
    dropDatabase: (name) => command(urlOf('postgres'), `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`),
    stop,
  };
}

/** Root's TMPDIR may be out of the server's user's reach; /var/tmp never is. */
function throwAwayFolder(user: ServerUser | null): string {
  const parent = user === null || isReachable(join(tmpdir(), 'x'), user) ? tmpdir() : '/var/tmp';
  const folder = mkdtempSync(join(parent, 'lockstep-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
}

/** A data folder that the server's user cannot reach (under root's home) is replaced by one named after it. */
function keptFolder(dataDir: string, user: ServerUser | null): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const folder =
    user === null || isReachable(join(dataDir, 'x'), user) ? dataDir : join('/var/tmp', `lockstep-data-${name}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
  return folder;
}

interface ClusterSpec {
  readonly initdb: string;
  readonly folder: string;
  readonly cluster: string;
  readonly user: ServerUser | null;
}

/** The superuser's password, made with the cluster and kept beside it. */
function ensureCluster({ initdb, folder, cluster, user }: ClusterSpec): string {
  const passwordFile = join(folder, 'password');
  if (existsSync(join(cluster, 'PG_VERSION'))) return readFileSync(passwordFile, 'utf8').trim();
  rmSync(cluster, { recursive: true, force: true }); // a start that was cut off halfway
  const password = randomBytes(18).toString('hex');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const args = [
    '-D',
    cluster,
    '-U',
    'lockstep',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  const result = spawnSync(initdb, args, { ...identity(user), cwd: folder, env: {}, encoding: 'utf8' });
  if (result.status !== 0)
    throw new Fault(
      'database_unavailable',
      `Postgres could not make its data folder ${cluster}: ${(result.stderr || String(result.error)).trim()}`,
    );
  return password;
}

const identity = (user: ServerUser | null): { uid?: number; gid?: number } =>
  user ? { uid: user.uid, gid: user.gid } : {};

interface ServerSpec {
  readonly postgres: string;
  readonly cluster: string;
  readonly port: number;
  readonly user: ServerUser | null;
  readonly ephemeral: boolean;
  readonly maxConnections: number;
}

function spawnServer(spec: ServerSpec): ChildProcess {
  const settings: Record<string, string> = {
    port: String(spec.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(spec.maxConnections),
    shared_buffers: '64MB',
    log_min_messages: 'fatal',
    ...(spec.ephemeral ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'on' } : {}),
  };
  const args = ['-D', spec.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const child = spawnWithParentDeath(spec.postgres, args, spec);
  child.stderr?.setEncoding('utf8');
  return child;
}

function spawnWithParentDeath(postgres: string, args: string[], { user, cluster }: ServerSpec): ChildProcess {
  // A process group of its own: Ctrl-C in a terminal must not end it before those who use it.
  const options = { cwd: cluster, env: {}, detached: true, stdio: ['ignore', 'ignore', 'pipe'] as const };
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (!setpriv) return spawn(postgres, args, { ...options, stdio: [...options.stdio], ...identity(user) });
  const who = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  return spawn(setpriv, [...who, '--pdeathsig', 'INT', '--', postgres, ...args], {
    ...options,
    stdio: [...options.stdio],
  });
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  let log = '';
  child.stderr?.on('data', (text: string) => (log = (log + text).slice(-4000)));
  const deadline = performance.now() + startTimeoutMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await accepts(url)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await endServer(child);
  throw new Fault('database_unavailable', `Postgres did not start: ${log.trim() || 'it said nothing'}`);
}

async function accepts(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function endServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT'); // "fast": ends connections and shuts down cleanly
  const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(hard);
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

async function command(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function createDatabase(urlOf: (database: string) => string, name: string, template?: string): Promise<string> {
  const from = template === undefined ? '' : ` TEMPLATE ${identifier(template)}`;
  try {
    await command(urlOf('postgres'), `CREATE DATABASE ${identifier(name)}${from}`);
  } catch (error) {
    if ((error as { code?: string }).code !== '42P04') throw error; // duplicate_database
  }
  return urlOf(name);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
