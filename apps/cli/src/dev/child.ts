import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Fault } from '@lockstep/contracts';
import { backoffMs, delay, type Service } from '@lockstep/runtime';

export interface ChildSpec {
  readonly name: string;
  /** For `node`. */
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** stdout and stderr go here; it begins anew with the server. */
  readonly logFile: string;
  /** Answers once the child works; without it the child says so itself over IPC. */
  readonly readyUrl?: string;
  /** Hears of an end that nobody asked for. */
  readonly onLost: (text: string) => void;
}

const startLimitMs = 60_000;
const stopLimitMs = 45_000;
const hurriedLimitMs = 4_000;
/** After this long a child counts as healthy, and its next restart is quick again. */
const healthyMs = 30_000;

/**
 * A process that is started again when it dies. It sees the end of this process by its IPC channel and its stdin, and ends too. It has
 * a process group of its own: Ctrl-C in the terminal is the dev server's to handle, in order.
 */
export class Child implements Service {
  private process: ChildProcess | undefined;
  private readonly stopping = new AbortController();
  private losses = 0;

  constructor(private readonly spec: ChildSpec) {}

  async start(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const child = this.spawn('w');
    const early = await Promise.race([this.untilReady(child), untilGone(child)]);
    if (early === 'ready') return this.keep(child);
    if (this.stopping.signal.aborted) return;
    child.kill('SIGKILL');
    throw new Fault('internal', `${this.spec.name} did not start.\n${this.tail()}`);
  }

  async stop(hurry?: AbortSignal): Promise<void> {
    this.stopping.abort();
    const child = this.process;
    if (!child || isGone(child)) return;
    child.kill('SIGTERM');
    const again = (): boolean => child.kill('SIGTERM');
    hurry?.addEventListener('abort', again, { once: true });
    const limit = new AbortController();
    void delay(stopLimitMs, limit.signal).then((late) => late && child.kill('SIGKILL'));
    const hurried = (): void => void delay(hurriedLimitMs, limit.signal).then((late) => late && child.kill('SIGKILL'));
    if (hurry?.aborted) hurried();
    else hurry?.addEventListener('abort', hurried, { once: true });
    await untilGone(child);
    limit.abort();
    hurry?.removeEventListener('abort', again);
    hurry?.removeEventListener('abort', hurried);
  }

  private spawn(flags: 'w' | 'a'): ChildProcess {
    const log = openSync(this.spec.logFile, flags, 0o600);
    try {
      this.process = spawn(process.execPath, this.spec.args, {
        env: this.spec.env,
        stdio: ['pipe', log, log, 'ipc'],
        detached: true,
      });
      this.process.on('error', () => undefined); // an end that `untilGone` sees
      return this.process;
    } finally {
      closeSync(log);
    }
  }

  private async untilReady(child: ChildProcess): Promise<'ready' | 'late'> {
    const deadline = new AbortController();
    const { readyUrl } = this.spec;
    const ready = readyUrl === undefined ? untilMessage(child) : untilAnswer(readyUrl, child);
    try {
      return await Promise.race([ready, delay(startLimitMs, deadline.signal).then((): 'late' => 'late')]);
    } finally {
      deadline.abort();
    }
  }

  /** Starts the child anew, later each time, until it is to stop. */
  private keep(child: ChildProcess): void {
    const since = performance.now();
    child.once('exit', (code, signal) => {
      if (this.stopping.signal.aborted) return;
      this.losses = performance.now() - since > healthyMs ? 1 : this.losses + 1;
      const pauseMs = backoffMs(this.losses, { firstMs: 250, maxMs: 10_000 });
      const how = signal ?? `status ${code}`;
      this.spec.onLost(`${this.spec.name} ended (${how}) and is started again in ${pauseMs} ms.\n${this.tail()}`);
      void delay(pauseMs, this.stopping.signal).then((elapsed) => elapsed && this.keep(this.spawn('a')));
    });
  }

  private tail(): string {
    const lines = readFileSync(this.spec.logFile, 'utf8').trimEnd().split('\n');
    return lines
      .slice(-8)
      .map((line) => `  ${line.slice(0, 1000)}\n`)
      .join('');
  }
}

const isGone = ({ exitCode, signalCode, pid }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null;

const untilGone = (child: ChildProcess): Promise<'gone'> =>
  isGone(child)
    ? Promise.resolve('gone')
    : new Promise((resolve) => child.once('exit', () => resolve('gone')).once('error', () => resolve('gone')));

const untilMessage = (child: ChildProcess): Promise<'ready'> =>
  new Promise((resolve) => child.once('message', () => resolve('ready')));

async function untilAnswer(url: string, child: ChildProcess): Promise<'ready'> {
  while (!isGone(child)) {
    const answered = await fetch(url, { method: 'HEAD' }).then(
      () => true,
      () => false,
    );
    if (answered) return 'ready';
    await delay(30);
  }
  return new Promise(() => undefined);
}
