import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';

/** `lockstep dev --json`'s line. */
export interface Ready {
  readonly url: string;
  readonly feedUrl: string;
  readonly token: string;
  readonly dataDir: string;
}

export interface RunningServer extends Ready {
  /** Resolves when every process of it has ended. */
  stop(): Promise<void>;
}

const command = join(resolve(__dirname, '..', '..', '..', '..'), 'apps', 'cli', 'bin', 'lockstep.mjs');
const args = ['dev', '--ephemeral', '--json', '--executors', '2', '--exit-with-parent'];

/** Starts Lockstep as people do. What it says to people is passed on; it ends with this process, however that ends. */
export async function startDevServer(): Promise<RunningServer> {
  const child = execa(process.execPath, [command, ...args], {
    // The pipe tells the server that this process lives. Its own process group: Ctrl-C is ours to handle.
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { LOCKSTEP_EXIT_WITH_PARENT: 'true' },
    detached: true,
    cleanup: true,
    reject: false,
    buffer: false,
  });
  const ready = await Promise.race([firstLine(child.stdout), child.then(() => undefined)]);
  if (ready === undefined) throw new Error('lockstep dev ended before it was ready; what it said stands above.');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await child;
  };
  return { ...(JSON.parse(ready) as Ready), stop };
}

function firstLine(stdout: NodeJS.ReadableStream): Promise<string> {
  return new Promise((found) => createInterface(stdout).once('line', found));
}
