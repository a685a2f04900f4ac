/** The two clocks that a shell hands to the code below it. Leases use the database's clock, never this one. */
export interface Clock {
  /** The time of day; may jump. */
  now(): Date;
  /** Milliseconds since some fixed moment; never goes back. For measuring. */
  monotonicMs(): number;
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
