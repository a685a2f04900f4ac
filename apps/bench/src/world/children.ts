import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { waitFor } from '@lockstep/testing';

/** A process of the bench. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Everything it wrote. */
  readonly log: () => string;
  /** SIGTERM, then SIGKILL after 20 s; resolves when it is gone. Works twice. */
  end(): Promise<void>;
}

/** Starts a process and waits until its output says that it is ready. */
export async function startChild(
  name: string,
  command: readonly [string, ...string[]],
  options: { readonly env: Readonly<Record<string, string>>; readonly ready: string; readonly cwd?: string },
): Promise<Child> {
  const [file, ...args] = command;
  const spawning: SpawnOptions = { env: options.env, stdio: ['pipe', 'pipe', 'pipe'] };
  const child = spawn(file, args, options.cwd === undefined ? spawning : { ...spawning, cwd: options.cwd });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text = (text + chunk.toString('utf8')).slice(-200_000)));
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  child.on('error', (error) => (text += String(error)));
  const end = (): Promise<void> => endChild(child, gone);
  await waitFor(() => gone() || text.includes(options.ready), {
    what: `${name} to start`,
    timeoutMs: 60_000,
    everyMs: 5,
  });
  if (gone()) throw new Error(`${name} did not start:\n${text}`);
  return { process: child, pid: child.pid ?? 0, log: () => text, end };
}

async function endChild(child: ChildProcess, gone: () => boolean): Promise<void> {
  if (gone()) return;
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await waitFor(gone, { what: `process ${child.pid} to end`, timeoutMs: 30_000 }).finally(() => clearTimeout(hard));
}
