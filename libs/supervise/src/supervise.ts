import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { naturalEnd, readInitReport, type EndCause, type EndKind, type Ending, type InitReport } from './ending';
import { findExecutable, planLaunch, type Launch } from './isolation';
import { Limits } from './limits';
import { drain, pump, Tail } from './output';
import { markerVariable, sendSignal } from './process-table';
import type { ChunkConsumer, ProcessSpec, SupervisedProcess } from './spec';
import { TreeControl } from './tree-control';

/** How long output that is already in the pipes may take to reach its consumer after the last process has ended. */
const drainMs = 10_000;

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * Starts a process that cannot outlive its supervisor (as far as `isolationTier` reaches) nor its limits. Never throws for
 * what happens to the process: a command that isn't there ends as `not_started`.
 *
 * The main thread must call it: the kernel ties the child's life to the thread that started it.
 */
export const supervise = (spec: ProcessSpec): SupervisedProcess => {
  if (!isFolder(spec.cwd)) return notStarted(`the working directory ${spec.cwd} does not exist`);
  const command = findExecutable(spec.command, spec.cwd, spec.env['PATH']);
  if (!command) return notStarted(`${spec.command} was not found or is not executable`);
  return new Supervision(spec, planLaunch([command, ...spec.args], spec.isolation, spec.limits.processes));
};

const notStarted = (detail: string): SupervisedProcess => {
  const ending = Promise.resolve<Ending>({
    kind: 'not_started',
    detail,
    durationMs: 0,
    stdoutBytes: 0,
    stderrBytes: 0,
    strays: 0,
  });
  return {
    pid: -1,
    ending,
    write: async () => false,
    endInput: () => undefined,
    terminate: () => ending,
    signal: () => false,
    endOthers: async () => 0,
    alive: () => [],
  };
};

const startChild = (spec: ProcessSpec, launch: Launch) =>
  execa(launch.file, launch.args, {
    cwd: spec.cwd,
    env: { ...spec.env, [markerVariable]: spec.marker },
    extendEnv: false,
    stdio: [spec.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
    encoding: 'buffer',
    buffer: false,
    reject: false,
    // A session of its own: Ctrl-C in the supervisor's terminal is the supervisor's to handle.
    detached: true,
    cleanup: false,
  });

type Child = ReturnType<typeof startChild>;

/** The end of the outer process; `failure` when the system could not start it. */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly failure?: string;
}

const exitOf = (child: Child): Promise<Exit> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    void child.then((result) => {
      if (child.pid === undefined)
        resolve({ code: null, signal: null, failure: result.shortMessage ?? 'unknown error' });
    });
  });

class Supervision implements SupervisedProcess {
  readonly pid: number;
  readonly ending: Promise<Ending>;
  private readonly startedAt = performance.now();
  private readonly child: Child;
  private readonly tree: TreeControl;
  private readonly limits: Limits;
  private readonly bytes = { stdout: 0, stderr: 0 };
  private readonly report = new Tail(200);
  private readonly complaint = new Tail(500);
  private cause: EndCause | undefined;
  private grace: NodeJS.Timeout | undefined;
  private exited = false;

  constructor(
    private readonly spec: ProcessSpec,
    private readonly launch: Launch,
  ) {
    this.child = startChild(spec, launch);
    this.pid = this.child.pid ?? -1;
    this.tree = new TreeControl(this.pid, launch.isolation, spec.marker);
    this.limits = new Limits(spec.limits, { end: (cause) => this.end(cause), exceeds: (most) => this.exceeds(most) });
    this.child.stdin?.on('error', () => undefined);
    if (spec.stdin !== undefined && spec.stdin !== 'pipe') this.child.stdin?.end(spec.stdin);
    this.ending = this.live();
  }

  async write(line: string): Promise<boolean> {
    const input = this.child.stdin;
    if (this.exited || !input?.writable) return false;
    return new Promise((resolve) => input.write(`${line}\n`, (error) => resolve(!error)));
  }

  endInput(): void {
    this.child.stdin?.end();
  }

  terminate(reason: string): Promise<Ending> {
    this.end({ kind: 'terminated', reason });
    return this.ending;
  }

  signal(signal: NodeJS.Signals): boolean {
    const main = this.exited ? undefined : this.tree.main();
    return main !== undefined && sendSignal(main, signal);
  }

  async endOthers(): Promise<number> {
    return this.exited ? 0 : this.tree.endOthers();
  }

  alive(): number[] {
    return this.pid === -1 ? [] : this.tree.alive();
  }

  private exceeds(most: number): boolean {
    return this.pid !== -1 && this.tree.exceeds(most);
  }

  private async live(): Promise<Ending> {
    const { stdout, stderr, stdio } = this.child;
    const streams = [stdout, stderr, stdio[3]] as Readable[];
    const pumps = [
      pump(streams[0], (chunk) => this.deliver('stdout', chunk)),
      pump(streams[1], (chunk) => this.deliver('stderr', chunk)),
      pump(streams[2], (chunk) => this.report.add(chunk)),
    ];
    const exit = await exitOf(this.child);
    this.exited = true;
    this.limits.stop();
    clearTimeout(this.grace);
    const swept = this.pid === -1 ? 0 : await this.tree.sweep();
    await drain(pumps, streams, drainMs);
    return this.tell(exit, swept);
  }

  private tell(exit: Exit, swept: number): Ending {
    const report = readInitReport(this.report.text());
    return {
      ...this.kindOf(exit, report),
      durationMs: Math.round(performance.now() - this.startedAt),
      stdoutBytes: this.bytes.stdout,
      stderrBytes: this.bytes.stderr,
      strays: swept + (report.strays ?? 0),
    };
  }

  private kindOf(exit: Exit, report: InitReport): EndKind {
    if (exit.failure) return { kind: 'not_started', detail: exit.failure };
    if (this.cause) return this.cause;
    if (this.launch.isolation === 'namespace' && !report.started)
      return {
        kind: 'not_started',
        detail: `the wrapper ended before the command began: ${this.complaint.text().trim()}`,
      };
    return naturalEnd(report.exitCode ?? exit.code, report.exitCode === undefined ? exit.signal : null);
  }

  private async deliver(name: 'stdout' | 'stderr', chunk: Buffer): Promise<void> {
    const { stdout, stderr } = this.bytes;
    const kept = chunk.subarray(0, Math.max(0, this.spec.limits.outputBytes - stdout - stderr));
    this.bytes[name] += kept.length;
    this.limits.heard();
    if (name === 'stderr') this.complaint.add(kept);
    if (kept.length < chunk.length) this.end({ kind: 'output_limit' });
    if (kept.length > 0) await this.consume(name === 'stdout' ? this.spec.onStdout : this.spec.onStderr, kept);
    this.limits.heard();
  }

  /** A consumer that fails ends the process: its output would be lost silently otherwise. */
  private async consume(consumer: ChunkConsumer | undefined, chunk: Buffer): Promise<void> {
    try {
      await consumer?.(chunk);
    } catch (error) {
      this.end({ kind: 'terminated', reason: `the consumer of its output failed: ${String(error)}` });
    }
  }

  private end(cause: EndCause): void {
    if (this.exited || this.cause) return;
    this.cause = cause;
    this.limits.stop();
    const politely = cause.kind !== 'process_limit' && this.signal('SIGTERM');
    if (politely) this.grace = setTimeout(() => this.tree.killAll(), this.spec.graceMs);
    else this.tree.killAll();
  }
}
