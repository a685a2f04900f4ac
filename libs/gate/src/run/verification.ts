import type { TestCounts, Verdict } from '@lockstep/contracts';
import type { Isolation, ProcessSpec, SupervisedProcess } from '@lockstep/supervise';
import type { NamedTest, Runner } from '../report/report';
import type { ExpectedCheck, ExpectedOutcome } from '../verdict/expectations';

/** The part of `supervise` that the gate needs: a process is started, and its end tells that nothing of it is left. */
export type Supervise = (spec: ProcessSpec) => Pick<SupervisedProcess, 'ending'>;

export interface VerificationSpec {
  /** One fenced block of the plan; runs as one `bash -eo pipefail` script. */
  readonly script: string;
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Without a byte of output; absent: the time limit alone. */
  readonly idleMs?: number;
  /** Bytes of output kept, head and tail. */
  readonly outputBytes: number;
  /** Bytes of output after which the command is ended; 512 MiB by default. */
  readonly floodBytes?: number;
  /** Live processes at once; no limit when absent. */
  readonly processes?: number;
  /** A folder outside the tree, made when missing; each run of a command gets a fresh folder in it. */
  readonly reportDir: string;
  /** What the plan says becomes of it; read from `expectTexts` when absent. */
  readonly expect?: ExpectedOutcome;
  /** The plan's `Expected:` clauses of this block, without that word. */
  readonly expectTexts?: readonly string[];
  /** The block is there to run tests: silence is `no_tests`. */
  readonly owesTests?: boolean;
  readonly optional?: boolean;
  /** From SIGTERM to SIGKILL; 5 s by default. */
  readonly graceMs?: number;
  readonly isolation?: Isolation;
  /** A random token that recognises the command's processes. */
  readonly marker: string;
}

export interface VerificationResult {
  readonly command: string;
  /** Null when the command didn't end by itself. */
  readonly exitCode: number | null;
  readonly verdict: Verdict;
  /** Why the verdict is what it is. */
  readonly detail: string;
  /** Absent when no runner was recognised. */
  readonly tests?: TestCounts;
  readonly failing: readonly string[];
  readonly names: readonly NamedTest[];
  /** Whether a test that isn't in `names` didn't run. */
  readonly namesComplete: boolean;
  /** A runner began and never came to its summary: what it didn't say proves nothing. */
  readonly incomplete: boolean;
  readonly runner: Runner | null;
  readonly durationMs: number;
  /** Hex digest of everything that the command wrote. */
  readonly outputSha256: string;
  /** At most `outputBytes`, with a line that tells what was left out. */
  readonly output: string;
  /** The last 4 KiB. */
  readonly outputTail: string;
  readonly expected: readonly ExpectedCheck[];
  readonly optional: boolean;
  /** Processes that the command left behind, ended with it. */
  readonly strays: number;
}
