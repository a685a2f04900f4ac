import type { CredentialState, ProviderLimit } from '@lockstep/contracts';

/**
 * A credential's weather: what a provider lets through with a key, as all executors that use it know it. A circuit breaker whose
 * times are the database's and whose one probe is a run. Pure: the shell holds the row while one of these decides.
 */
export interface Weather {
  readonly state: CredentialState;
  /** Null while it is open, as `resumeAt` is. */
  readonly limit: ProviderLimit | null;
  /** Pauses in a row: each one that follows a failed probe is longer. */
  readonly refusals: number;
  readonly resumeAt: Date | null;
  /** The run that tries, while it is half-open. */
  readonly probe: { readonly runId: string; readonly until: Date } | null;
}

export const clear: Weather = { state: 'open', limit: null, refusals: 0, resumeAt: null, probe: null };

export interface Refusal {
  readonly runId: string;
  readonly limit: ProviderLimit;
  /** When to come back, in the provider's words: a moment, or milliseconds from now; null when it names none. */
  readonly named: Date | number | null;
}

export interface RefusalTimes {
  readonly now: Date;
  /** The first pause when none is named, in milliseconds. */
  readonly firstMs: number;
}

const mostDoublings = 6;
/** Longer than any allowance takes to reset; a time beyond it is taken for a mistake and tried earlier. */
export const longestPauseMs = 8 * 24 * 3_600_000;

const later = (a: Date, b: Date): Date => (a.getTime() >= b.getTime() ? a : b);

/**
 * A refusal closes it. Only one that ends a clear spell or answers the probe counts: what turns hear that were under way before says
 * the same thing again, and may only name a later time.
 */
export function afterRefusal(weather: Weather, { runId, limit, named }: Refusal, times: RefusalTimes): Weather {
  const repeats = weather.state === 'paused' || (weather.state === 'half_open' && weather.probe?.runId !== runId);
  if (repeats && named === null && weather.resumeAt && weather.state === 'paused') return weather;
  const refusals = Math.max(1, weather.refusals + (repeats ? 0 : 1));
  const at = new Date(times.now.getTime() + pauseMs(named, refusals, times));
  const resumeAt = repeats && weather.resumeAt ? later(weather.resumeAt, at) : at;
  const binding = weather.limit !== null && resumeAt === weather.resumeAt ? weather.limit : limit;
  return { state: 'paused', limit: binding, refusals, resumeAt, probe: null };
}

/** The named time is believed once, and is none when it is no time at all; after a probe that failed all the same, the back-off is the least. */
function pauseMs(named: Refusal['named'], refusals: number, { now, firstMs }: RefusalTimes): number {
  const backOff = firstMs * 2 ** Math.min(refusals - 1, mostDoublings);
  const wait = typeof named === 'number' || named === null ? named : named.getTime() - now.getTime();
  if (wait === null || Number.isNaN(wait)) return Math.min(backOff, longestPauseMs);
  return Math.min(Math.max(wait, refusals > 1 ? backOff : 0), longestPauseMs);
}

export interface Attempted {
  readonly runId: string;
  readonly now: Date;
  /** How long the probe may take before another run may try as well, in milliseconds. */
  readonly probeMs: number;
  /** The run that tries is driven by nobody any more. */
  readonly proberIsGone: boolean;
}

/** Whether a run may begin a turn now. Null: it may not. A weather that differs from the given one makes the run the probe. */
export function whenTried(weather: Weather, { runId, now, probeMs, proberIsGone }: Attempted): Weather | null {
  const probing: Weather = {
    ...weather,
    state: 'half_open',
    probe: { runId, until: new Date(now.getTime() + probeMs) },
  };
  switch (weather.state) {
    case 'open':
      return weather;
    case 'paused':
      return isOver(weather.resumeAt, now) ? probing : null;
    case 'half_open':
      return weather.probe?.runId === runId || proberIsGone || isOver(weather.probe?.until ?? null, now)
        ? probing
        : null;
  }
}

const isOver = (at: Date | null, now: Date): boolean => at === null || at.getTime() <= now.getTime();

/** The provider took a request of the run. Only the probe opens: a request that was let through before the refusal proves nothing. */
export const afterAcceptance = (weather: Weather, runId: string): Weather =>
  weather.state === 'half_open' && weather.probe?.runId === runId ? clear : weather;

const limitWords: Record<ProviderLimit, string> = {
  rate: 'requests come too fast for it',
  usage: 'its allowance is used up',
  overload: 'the provider is overloaded',
};

const minute = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Why a run waits for a credential, in words: which limit, and until when. */
export function whyPaused({ state, limit, resumeAt }: Pick<Weather, 'state' | 'limit' | 'resumeAt'>): string {
  const why = limit === null ? '' : `: ${limitWords[limit]}`;
  if (state === 'half_open')
    return `the credential is paused${why}; one run tries it now, and the others follow when it works`;
  const until = resumeAt === null ? '' : `, until ${minute(resumeAt)}`;
  return `the credential is paused${why}${until}; no attempt is spent`;
}
