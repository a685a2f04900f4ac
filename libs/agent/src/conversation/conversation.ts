import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@lockstep/contracts';
import { supervise, type Ending, type Isolation, type SupervisedProcess } from '@lockstep/supervise';
import { agentArguments, type AgentArgumentsOptions } from '../launch';
import type { RateLimit } from '../outcome';
import { CostMeter, LineSplitter, noTokens, readLine, type AgentLine, type TurnListener } from '../stream';
import { Turn, type TurnLimits, type TurnResult } from './turn';

export interface ConversationLimits extends TurnLimits {
  /** Between being asked to stop and being ended: for an interrupted turn, and for a process whose input was closed. */
  readonly closeMs: number;
  /** From SIGTERM to SIGKILL. Claude takes about 1.5 s to end its own tools. */
  readonly graceMs: number;
  /** All output of the process. */
  readonly outputBytes: number;
  /** Live processes of the run. */
  readonly processes?: number;
}

export const defaultLimits: ConversationLimits = {
  initMs: 60_000,
  idleMs: 11 * 60_000,
  turnMs: 60 * 60_000,
  closeMs: 10_000,
  graceMs: 5_000,
  outputBytes: 2 ** 31,
};

export interface ConversationOptions {
  readonly bin: string;
  readonly cwd: string;
  /** From `agentEnvironment`: the whole of it. */
  readonly env: Readonly<Record<string, string>>;
  readonly arguments: AgentArgumentsOptions;
  readonly isolation: Isolation;
  /** A random token, see `ProcessSpec`. */
  readonly marker: string;
  readonly limits?: Partial<ConversationLimits>;
  readonly listener?: TurnListener;
  /** For a resumed session: `sessionCostUsd` of its last turn. Absent: what its first turn here costs is unknown. */
  readonly costBeforeUsd?: number;
  /** The latest refusal by the provider, from the credential proxy: Claude itself doesn't tell when it ends. */
  readonly rateLimit?: () => RateLimit | undefined;
  /** Milliseconds of a clock that never jumps; that of the credential proxy, too. */
  readonly now?: () => number;
}

/** One `claude` process in conversation: a turn per message, one after the other. Nothing here throws for what Claude does. */
export interface Conversation {
  readonly sessionId: string;
  /** Whether it takes another turn. After an API error it does; after a limit, an exit or `close` it doesn't: resume. */
  readonly open: boolean;
  /** Throws `internal` when a turn is under way: the caller has lost count. */
  turn(prompt: string): Promise<TurnResult>;
  /** Ends every process of the agent but Claude itself; says how many there were. */
  quiesce(): Promise<number>;
  /** Stops the turn under way, first by asking; the process stays when it obeys. */
  interrupt(): Promise<void>;
  /** Ends the process in order: closes its input and waits. A turn under way ends as `interrupted`. May be called twice. */
  close(): Promise<Ending>;
  /** Ends the whole tree without asking: the lease is lost, the executor stops. */
  terminate(reason: string): Promise<Ending>;
  /** Live pids, Claude's first. */
  processes(): number[];
}

/** Claude's input has been cut off at some 146 KB a line; beyond this, text goes into a file that the prompt names. */
export const longestPromptBytes = 100_000;
const longestLine = 64 * 2 ** 20;
const stderrTail = 4_000;

/** Claude takes a text that begins with a slash for a command of its own, and answers it without the model. */
const asProse = (text: string): string => (text.startsWith('/') ? `\n${text}` : text);

const promptLine = (text: string): string =>
  JSON.stringify({ type: 'user', message: { role: 'user', content: [{ type: 'text', text: asProse(text) }] } });

const interruptLine = (id: number): string =>
  JSON.stringify({ type: 'control_request', request_id: `interrupt-${id}`, request: { subtype: 'interrupt' } });

class ClaudeConversation implements Conversation {
  private readonly process: SupervisedProcess;
  private readonly limits: ConversationLimits;
  private readonly cost: CostMeter;
  private readonly lines: LineSplitter;
  private stderr = '';
  private pending: Turn | undefined;
  private ended: Ending | undefined;
  private closing = false;
  private turns = 0;
  private sessionExists: boolean;

  constructor(private readonly options: ConversationOptions) {
    const { resume } = options.arguments;
    this.limits = { ...defaultLimits, ...options.limits };
    this.sessionExists = resume;
    this.cost = new CostMeter(options.costBeforeUsd ?? (resume ? null : 0));
    this.lines = new LineSplitter(longestLine, (length) =>
      this.warn('line_too_long', `A line of ${length} characters was left out`),
    );
    this.process = this.start();
    void this.process.ending.then((ending) => this.onEnding(ending));
  }

  get sessionId(): string {
    return this.options.arguments.sessionId;
  }

  get open(): boolean {
    return !this.closing && this.ended === undefined;
  }

  async turn(prompt: string): Promise<TurnResult> {
    if (this.pending) throw new Fault('internal', 'A turn is under way. Wait for its result before the next one.');
    const line = promptLine(prompt);
    const bytes = Buffer.byteLength(line);
    if (bytes > longestPromptBytes) return this.tooLarge(bytes);
    const turn = (this.pending = this.newTurn());
    if (this.ended) this.onEnding(this.ended);
    else await this.process.write(line);
    return turn.done;
  }

  quiesce(): Promise<number> {
    return this.process.endOthers();
  }

  async interrupt(): Promise<void> {
    const turn = this.pending;
    if (!turn) return;
    turn.interrupted = true;
    void this.process.write(interruptLine(this.turns));
    const late = await this.isLate(turn.done);
    if (late) await this.terminate('it did not stop its turn when asked');
    await turn.done;
  }

  async close(): Promise<Ending> {
    // A process that was given no turn has nothing to end in order.
    if (this.turns === 0) return this.terminate('it was given no turn');
    this.closing = true;
    if (this.pending) await this.interrupt();
    this.process.endInput();
    if (await this.isLate(this.process.ending)) return this.terminate('it did not end when its input was closed');
    return this.process.ending;
  }

  terminate(reason: string): Promise<Ending> {
    this.closing = true;
    if (this.pending) this.pending.interrupted = true;
    return this.process.terminate(reason);
  }

  processes(): number[] {
    return this.ended ? [] : this.process.alive();
  }

  private start(): SupervisedProcess {
    const { bin, cwd, env, isolation, marker } = this.options;
    const { graceMs, outputBytes, processes } = this.limits;
    return supervise({
      ...{
        command: bin,
        args: agentArguments(this.options.arguments),
        cwd,
        env,
        stdin: 'pipe',
        isolation,
        marker,
        graceMs,
      },
      limits: { wallMs: Infinity, outputBytes, ...(processes !== undefined && { processes }) },
      onStdout: (chunk) => this.lines.push(chunk).forEach((line) => this.onLine(readLine(line))),
      onStderr: (chunk) => void (this.stderr = (this.stderr + chunk.toString('utf8')).slice(-stderrTail)),
    });
  }

  private newTurn(): Turn {
    this.turns += 1;
    return new Turn({
      limits: this.limits,
      listener: this.options.listener ?? {},
      cost: this.cost,
      sessionExists: this.sessionExists,
      first: this.turns === 1,
      stderr: () => this.stderr,
      rateLimit: () => this.options.rateLimit?.(),
      now: this.options.now ?? (() => performance.now()),
      onLimit: (limit) => void this.process.terminate(`the ${limit} limit was reached`),
    });
  }

  private onLine(line: AgentLine): void {
    if (!this.pending) {
      if (line.kind === 'result') this.warn('stray_result', 'A result came that no turn was waiting for');
      return;
    }
    const last = this.pending.read(line);
    this.sessionExists ||= this.pending.sawInit;
    if (last) this.pending = undefined;
  }

  private onEnding(ending: Ending): void {
    this.ended = ending;
    this.pending?.ended(ending);
    this.pending = undefined;
  }

  /** Whether `closeMs` pass before the promise settles. */
  private async isLate(what: Promise<unknown>): Promise<boolean> {
    const settled = new AbortController();
    const timer = delay(this.limits.closeMs, true, { signal: settled.signal }).catch(() => false);
    const late = await Promise.race([what.then(() => false), timer]);
    settled.abort();
    return late;
  }

  private tooLarge(bytes: number): TurnResult {
    const detail = `the prompt has ${bytes} bytes and may have ${longestPromptBytes}: put long text into a file and name it`;
    const { totalUsd } = this.cost;
    const nothing = { text: '', usage: noTokens, costUsd: 0, sessionCostUsd: totalUsd, resumable: this.sessionExists };
    return { outcome: 'prompt_too_large', detail, ...nothing };
  }

  private warn(kind: string, detail: string): void {
    this.options.listener?.onWarning?.({ kind, detail });
  }
}

/** Starts `claude`; it waits for the first turn. */
export const openConversation = (options: ConversationOptions): Conversation => new ClaudeConversation(options);
