import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostEnvironment } from '@lockstep/runtime';
import { waitFor } from '@lockstep/testing';

const bin = join(__dirname, '..', '..', 'bin', 'lockstep.mjs');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<Ended>;
}

/** The command as people start it. Its environment is the given one alone: no key of the machine's reaches the model. */
export function start(args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: hostEnvironment()['PATH'] ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString('utf8')));
  child.stderr.on('data', (text: Buffer) => (err += text.toString('utf8')));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  return { child, out: () => out, err: () => err, ended };
}

export const lockstep = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
  start(args, env).ended;

export interface Ready {
  readonly ready: true;
  readonly url: string;
  readonly feedUrl: string;
  readonly token: string;
  readonly dataDir: string;
}

export interface DevProcess extends Running {
  readonly ready: Ready;
  /** The environment of commands beside it: only a home folder. */
  readonly env: { readonly HOME: string; readonly TMPDIR: string };
}

export async function startDev(root: string, ...more: readonly string[]): Promise<DevProcess> {
  const env = { HOME: join(root, 'home'), TMPDIR: join(root, 'tmp') };
  Object.values(env).forEach((folder) => mkdirSync(folder, { recursive: true, mode: 0o755 }));
  const running = start(['dev', '--json', ...more], env);
  const line = await waitFor(() => running.out().includes('\n') || running.child.exitCode !== null, {
    what: 'lockstep dev to be ready',
    timeoutMs: 60_000,
  }).then(() => running.out().split('\n')[0]);
  if (!line) throw new Error(`lockstep dev did not start: ${running.err()}`);
  return { ...running, ready: JSON.parse(line) as Ready, env };
}

/** Processes of this machine whose command line or environment names the folder; Linux only. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) => textOf(file).includes(folder)))
    .map((pid) => `${pid} ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
