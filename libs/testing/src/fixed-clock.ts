/** A clock that moves only when told to. */
export interface FixedClock {
  now(): Date;
  /** Moves the clock on by this many milliseconds, and gives the new time. */
  advance(ms: number): Date;
}

/** Starts at `at` (ISO time); each `now()` is a new Date, so that nobody moves it by accident. */
export function fixedClock(at = '2030-01-01T00:00:00.000Z'): FixedClock {
  let time = Date.parse(at);
  if (Number.isNaN(time)) throw new Error(`fixedClock takes an ISO time, not ${at}`);
  return {
    now: () => new Date(time),
    advance: (ms) => new Date((time += ms)),
  };
}
