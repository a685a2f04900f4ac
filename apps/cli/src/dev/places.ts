import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where a dev server keeps things. */
export interface Places {
  readonly dataDir: string;
  readonly logs: string;
  readonly tokenFile: string;
  /** Undefined: the database is thrown away at the end. */
  readonly postgresDir: string | undefined;
  /** Tells this installation from others that share a Redis. */
  readonly namespace: string;
  /** Folders that go at the end. */
  readonly temporary: readonly string[];
  workspaceRoot(executor: number): string;
}

export interface PlacesOptions {
  readonly dataDir?: string | undefined;
  readonly ephemeral: boolean;
}

/** Makes the folders. The default is under the home folder and not under the current one, which is somebody's repository. */
export function makePlaces({ dataDir, ephemeral }: PlacesOptions): Places {
  const root = ephemeral
    ? mkdtempSync(join(tmpdir(), 'lockstep-dev-'))
    : resolve(dataDir ?? join(homedir(), '.lockstep'));
  const logs = join(root, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const real = realpathSync(root);
  const mark = createHash('sha256').update(real).digest('hex').slice(0, 12);
  const workspaces = isInRepository(real) ? join(tmpdir(), `lockstep-workspaces-${mark}`) : join(real, 'executors');
  mkdirSync(workspaces, { recursive: true, mode: 0o700 });
  return {
    dataDir: real,
    logs,
    tokenFile: join(real, 'token'),
    postgresDir: ephemeral ? undefined : join(real, 'postgres'),
    namespace: `dev_${mark}`,
    temporary: ephemeral ? [...new Set([real, workspaces])] : [],
    workspaceRoot: (executor) => join(workspaces, String(executor)),
  };
}

/** Workspaces may lie under no other repository: git and many tools look upwards. A home folder may well be one. */
export function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true;
  const above = dirname(folder);
  return above !== folder && isInRepository(above);
}

export const removeAll = (folders: readonly string[]): void =>
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
