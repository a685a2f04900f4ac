import type { IncomingHttpHeaders } from 'node:http';
import type { RateLimit } from '../outcome';

const first = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;

const date = (text: string | undefined): number | undefined => {
  const at = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
};

type Return = Pick<RateLimit, 'resetAt' | 'retryAfterMs'>;

/** A moment that no calendar has counts as none. */
const at = (resetAt: number | undefined): Return | undefined =>
  resetAt === undefined || Number.isNaN(new Date(resetAt).getTime()) ? undefined : { resetAt };

/** `retry-after` is in seconds or a date. */
const retryAfter = (text: string | undefined): Return | undefined => {
  const seconds = number(text);
  return seconds === undefined ? at(date(text)) : { retryAfterMs: seconds * 1_000 };
};

/** Reset headers hold epoch seconds (unified limits) or an RFC 3339 time (the others). */
const resetAt = (text: string | undefined): number | undefined => {
  const seconds = number(text);
  return seconds === undefined ? date(text) : seconds * 1_000;
};

const windows = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const;

/** A window that isn't empty didn't cause the refusal. */
const emptyWindowReset = (headers: IncomingHttpHeaders): number | undefined => {
  const empty = windows.filter((each) => number(first(headers, `anthropic-ratelimit-${each}-remaining`)) === 0);
  const resets = empty.map((each) => resetAt(first(headers, `anthropic-ratelimit-${each}-reset`)) ?? 0);
  return resets.length > 0 ? Math.max(...resets) || undefined : undefined;
};

/** What a 429 or 529 says about when to come back; undefined for any other answer. `seenAt`: see `RateLimit`. */
export const readRateLimit = (status: number, headers: IncomingHttpHeaders, seenAt: number): RateLimit | undefined => {
  if (status !== 429 && status !== 529) return undefined;
  const exhausted = first(headers, 'anthropic-ratelimit-unified-status') === 'rejected';
  const unified = exhausted ? resetAt(first(headers, 'anthropic-ratelimit-unified-reset')) : undefined;
  const back = at(unified) ?? retryAfter(first(headers, 'retry-after')) ?? at(emptyWindowReset(headers));
  return { status, exhausted, seenAt, ...back };
};
