import type { TokenUsage } from '@lockstep/contracts';
import type { Ending } from '@lockstep/supervise';
import { describeOutcome, outcomeOf, type Observed, type RateLimit, type TurnOutcome } from '../outcome';
import { TurnReader, type AgentLine, type CostMeter, type TurnListener } from '../stream';

export interface TurnLimits {
  /** From the prompt to the turn's first line. */
  readonly initMs: number;
  /** Without a line. A running tool is silent: it has to be longer than the longest command may take. */
  readonly idleMs: number;
  /** The whole turn. */
  readonly turnMs: number;
}

/** What came of a turn. `afterEnding[outcome]` says what follows. */
export interface TurnResult {
  readonly outcome: TurnOutcome;
  /** The assistant's text, blocks separated by an empty line. */
  readonly text: string;
  readonly usage: TokenUsage;
  /** Null where Claude did not tell it: the process ended before the turn did, or nobody knows what it cost before. */
  readonly costUsd: number | null;
  /** The session's cost so far, to be given as `costBeforeUsd` when it is resumed; null as long as it is unknown. */
  readonly sessionCostUsd: number | null;
  /** Whether `--resume` can go on where this ended. */
  readonly resumable: boolean;
  /** One sentence on what was seen; empty for a turn that ended well. */
  readonly detail: string;
  /** Epoch milliseconds: when the provider takes requests again, where it said so. */
  readonly resetAt?: number;
  /** Milliseconds until then, where it said that instead. */
  readonly retryAfterMs?: number;
}

/** A session that these leave behind can't be gone on with. */
const sessionGone: readonly TurnOutcome[] = ['session_unknown', 'context_too_long', 'bad_arguments', 'not_started'];
const limitOutcomes: readonly TurnOutcome[] = ['rate_limited', 'session_limit', 'overloaded'];

export interface TurnSetting {
  readonly limits: TurnLimits;
  readonly listener: TurnListener;
  readonly cost: CostMeter;
  /** Whether the session exists already, on this process or before it. */
  readonly sessionExists: boolean;
  /** The first turn of its process: Claude may end it before it has begun. */
  readonly first: boolean;
  readonly stderr: () => string;
  readonly rateLimit: () => RateLimit | undefined;
  readonly now: () => number;
  /** Called when a limit is hit; the process is to be ended. */
  readonly onLimit: (limit: 'init' | 'idle' | 'turn') => void;
}

/** One turn from its prompt to its outcome. It settles once: by its `result`, or by the end of the process. */
export class Turn {
  readonly done: Promise<TurnResult>;
  interrupted = false;
  private readonly reader: TurnReader;
  private readonly startedAt: number;
  private readonly timers: { init: NodeJS.Timeout; idle: NodeJS.Timeout; turn: NodeJS.Timeout };
  private limit: Observed['limit'];
  private settle!: (result: TurnResult) => void;

  constructor(private readonly setting: TurnSetting) {
    this.reader = new TurnReader(setting.listener);
    this.startedAt = setting.now();
    this.done = new Promise((resolve) => (this.settle = resolve));
    const { initMs, idleMs, turnMs } = setting.limits;
    this.timers = {
      init: this.timer('init', initMs),
      idle: this.timer('idle', idleMs),
      turn: this.timer('turn', turnMs),
    };
  }

  get sawInit(): boolean {
    return this.reader.sawInit;
  }

  /** Reads a line; true when it was the turn's last. A `result` before the turn's own beginning belongs to another one. */
  read(line: AgentLine): boolean {
    this.timers.idle.refresh();
    if (line.kind === 'result' && !this.reader.sawInit && !this.setting.first) {
      this.setting.listener.onWarning?.({ kind: 'stray_result', detail: 'A result came that no turn was waiting for' });
      return false;
    }
    this.reader.read(line);
    if (this.reader.sawInit) clearTimeout(this.timers.init);
    if (line.kind !== 'result') return false;
    this.finish();
    return true;
  }

  /** The process ended first. */
  ended(ending: Ending): void {
    this.finish(ending);
  }

  private timer(limit: 'init' | 'idle' | 'turn', ms: number): NodeJS.Timeout {
    const hit = (): void => {
      this.limit ??= limit;
      this.setting.onLimit(limit);
    };
    return setTimeout(hit, Math.min(ms, 2 ** 31 - 1));
  }

  private finish(ending?: Ending): void {
    Object.values(this.timers).forEach((timer) => clearTimeout(timer));
    const { result, meter } = this.reader;
    const costUsd = result ? this.setting.cost.share(result.total_cost_usd) : null;
    if (result) meter.result(result, costUsd);
    const seen = this.observed(ending);
    const outcome = outcomeOf(seen);
    this.settle({ ...this.told(outcome, seen), costUsd });
  }

  private told(outcome: TurnOutcome, seen: Observed): Omit<TurnResult, 'costUsd'> {
    const { resetAt, retryAfterMs }: Partial<RateLimit> = (limitOutcomes.includes(outcome) && seen.rateLimit) || {};
    return {
      outcome,
      text: this.reader.text,
      usage: this.reader.meter.tokens,
      sessionCostUsd: this.setting.cost.totalUsd,
      resumable:
        !sessionGone.includes(outcome) &&
        (this.setting.sessionExists || this.reader.sawInit || outcome === 'session_in_use'),
      detail: outcome === 'completed' ? '' : describeOutcome(seen),
      ...(resetAt === undefined ? {} : { resetAt }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }

  private observed(ending: Ending | undefined): Observed {
    const { result, trouble, assistantMessages } = this.reader;
    const refusal = this.setting.rateLimit();
    return {
      interrupted: this.interrupted,
      assistantMessages,
      stderr: this.setting.stderr().trim(),
      ...(result && { result }),
      ...(ending && { ending }),
      ...(this.limit && { limit: this.limit }),
      ...(trouble && { trouble }),
      ...(refusal && refusal.seenAt >= this.startedAt && { rateLimit: refusal }),
    };
  }
}
