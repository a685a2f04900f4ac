import type { Isolation } from './isolation';
import type { Ending } from './ending';

export interface ProcessLimits {
  /** From start to end. `Infinity` for none. */
  readonly wallMs: number;
  /** Without a byte on stdout or stderr. */
  readonly idleMs?: number;
  /** stdout and stderr together; what goes beyond is dropped and the process is ended. */
  readonly outputBytes: number;
  /** Live processes in the tree, the wrappers left out. Checked four times a second, and by prlimit where that works. */
  readonly processes?: number;
}

/** A consumer that returns a promise is waited for: the process is slowed down to the consumer's pace. */
export type ChunkConsumer = (chunk: Buffer) => void | Promise<void>;

export interface ProcessSpec {
  /** A path, or a name looked up in `env.PATH`. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. The marker is added. */
  readonly env: Readonly<Record<string, string>>;
  /** `pipe` for `write` and `endInput`; a string is written and the input ended; absent: /dev/null. */
  readonly stdin?: 'pipe' | string;
  readonly limits: ProcessLimits;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  readonly onStdout?: ChunkConsumer;
  readonly onStderr?: ChunkConsumer;
  /** A random token, one per process, that recognises strays where there is no PID namespace. */
  readonly marker: string;
  /** The strongest that is wanted; where the system can't give it, `none` with a sweep by marker (see `isolationTier`). */
  readonly isolation: Isolation;
}

/** A running process and everything it starts. `ending` settles once, when nothing of the tree is left. */
export interface SupervisedProcess {
  /** The outermost process (a wrapper, where there is one); -1 when it was not started. Root for `listTree`. */
  readonly pid: number;
  readonly ending: Promise<Ending>;
  /** Writes the text and a newline. Resolves when the pipe took it; false when the input is closed or the process is gone. */
  write(line: string): Promise<boolean>;
  endInput(): void;
  /** SIGTERM to the main process, SIGKILL to the whole tree `graceMs` later. Returns `ending`. The first reason wins. */
  terminate(reason: string): Promise<Ending>;
  /** Sends one signal to the main process; false when it isn't there. */
  signal(signal: NodeJS.Signals): boolean;
  /** Ends (SIGKILL) every process of the tree except the main one, until none is left or 2 s are over; says how many. */
  endOthers(): Promise<number>;
  /** Live pids of the tree, wrappers left out, the main process first. */
  alive(): number[];
}
