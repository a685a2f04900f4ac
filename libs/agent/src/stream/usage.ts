import type { TokenUsage } from '@lockstep/contracts';
import type { ApiUsage, ResultLine, StreamEventLine } from './messages';

export const noTokens: TokenUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

const kinds = ['input', 'output', 'cacheRead', 'cacheWrite'] as const;

const each = (of: (kind: (typeof kinds)[number]) => number): TokenUsage => ({
  input: of('input'),
  output: of('output'),
  cacheRead: of('cacheRead'),
  cacheWrite: of('cacheWrite'),
});

export const addTokens = (a: TokenUsage, b: TokenUsage): TokenUsage => each((kind) => a[kind] + b[kind]);

/** What `a` has more than `b`, never below zero. */
const beyond = (a: TokenUsage, b: TokenUsage): TokenUsage => each((kind) => Math.max(0, a[kind] - b[kind]));

const isNone = (tokens: TokenUsage): boolean => kinds.every((kind) => tokens[kind] === 0);

/** More than any message or session comes to: sums of what lies below can be stored, whatever a provider says. */
const mostTokens = 1e12;
const mostUsd = 1e6;

const counted = (told: number | null | undefined): number => Math.min(Math.max(0, Math.round(told ?? 0)), mostTokens);

const tokensOf = (usage: ApiUsage): TokenUsage => ({
  input: counted(usage?.input_tokens),
  output: counted(usage?.output_tokens),
  cacheRead: counted(usage?.cache_read_input_tokens),
  cacheWrite: counted(usage?.cache_creation_input_tokens),
});

/** What was used since the last delta. `costUsd` is null where Claude hasn't told it: unknown, not nothing. */
export interface UsageDelta {
  readonly tokens: TokenUsage;
  readonly costUsd: number | null;
}

/**
 * Sums one turn's tokens from the stream, so that a process which is killed before its `result` has been counted. A message's
 * own figures are cumulative; the `result` tells the turn's sum once more, and only what it has beyond ours is added.
 */
export class TurnMeter {
  private message = noTokens;
  private sum = noTokens;

  constructor(private readonly tell: (delta: UsageDelta) => void) {}

  get tokens(): TokenUsage {
    return this.sum;
  }

  event({ event }: StreamEventLine): void {
    if (event.type === 'message_start') this.message = noTokens;
    const seen = tokensOf(event.type === 'message_start' ? event.message?.usage : event.usage);
    const delta = beyond(seen, this.message);
    this.message = addTokens(this.message, delta);
    this.add(delta, null);
  }

  /** `costUsd` is the turn's share of the session's cost. */
  result(line: ResultLine, costUsd: number | null): void {
    this.add(beyond(tokensOf(line.usage), this.sum), costUsd);
  }

  private add(tokens: TokenUsage, costUsd: number | null): void {
    if (isNone(tokens) && costUsd === null) return;
    this.sum = addTokens(this.sum, tokens);
    this.tell({ tokens, costUsd });
  }
}

/**
 * Turns the session's cumulative `total_cost_usd` into shares. A resumed session goes on counting where it stood, so the first
 * share of one whose earlier total isn't given is unknown.
 */
export class CostMeter {
  constructor(private total: number | null) {}

  /** The session's total as Claude last told it; null as long as it hasn't. */
  get totalUsd(): number | null {
    return this.total;
  }

  share(told: number | null | undefined): number | null {
    // An amount that cannot be is none that is known.
    if (told === null || told === undefined || told < 0 || told > mostUsd) return null;
    const before = this.total;
    this.total = told;
    if (before === null) return null;
    return told >= before ? told - before : told;
  }
}
