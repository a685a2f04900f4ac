/** Where a piece of a stream stands: it follows `start` and reaches to `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * How far a stream was delivered: the last `seq`, or the number of bytes. The feed delivers at least once, so what was seen is dropped;
 * what leaves a hole is not delivered before the hole is filled.
 */
export class Track {
  constructor(public position: number) {}

  /** `next` follows at once, `seen` was delivered, `hole` says that something before it is missing. */
  place({ start }: Span): 'next' | 'seen' | 'hole' {
    if (start < this.position) return 'seen';
    return start === this.position ? 'next' : 'hole';
  }

  pass({ end }: Span): void {
    this.position = end;
  }
}

/** The pause before try `attempt` (from 1), between half and all of a length that doubles up to `maxMs`. */
export function reconnectMs(attempt: number, random: number, maxMs = 2_000): number {
  return Math.round(Math.min(maxMs, 100 * 2 ** Math.min(attempt, 20)) * (0.5 + random / 2));
}
