import { median, p95 } from './samples';

/** A number beside the one it should keep to. */
export interface Check {
  readonly what: string;
  readonly value: number;
  readonly sense: '≤' | '≥';
  readonly limit: number;
  readonly unit: string;
}

/** One line of the bench: a quantity, its baseline from the same run, and how it stands to its targets. */
export interface Line {
  readonly measure: string;
  readonly quantity: string;
  /** `postgres` or `redis`; null where no backplane takes part. */
  readonly backplane: string | null;
  readonly samples: number;
  readonly checks: readonly Check[];
  readonly baseline: {
    readonly what: string;
    readonly value: number;
    readonly p95?: number;
    readonly unit: string;
  } | null;
  readonly note?: string;
}

/** A quantity without a target. */
export const told = (what: string, value: number, unit: string): Check => ({
  what,
  value,
  sense: value >= 0 ? '≥' : '≤',
  limit: Number.NaN,
  unit,
});

export const atMost = (what: string, value: number, limit: number, unit: string): Check => ({
  what,
  value,
  sense: '≤',
  limit,
  unit,
});

export const atLeast = (what: string, value: number, limit: number, unit: string): Check => ({
  ...atMost(what, value, limit, unit),
  sense: '≥',
});

/** Null: there is no target. */
export const isMet = ({ value, sense, limit }: Check): boolean | null =>
  Number.isNaN(limit) ? null : sense === '≤' ? value <= limit : value >= limit;

/** Median and 95th percentile of durations, in milliseconds, each with its target. */
export const durations = (samples: readonly number[], limits: { p50?: number; p95?: number }): Check[] => [
  limits.p50 === undefined ? told('p50', median(samples), 'ms') : atMost('p50', median(samples), limits.p50, 'ms'),
  limits.p95 === undefined ? told('p95', p95(samples), 'ms') : atMost('p95', p95(samples), limits.p95, 'ms'),
];

export const baselineOf = (what: string, samples: readonly number[]): NonNullable<Line['baseline']> => ({
  what,
  value: median(samples),
  p95: p95(samples),
  unit: 'ms',
});
