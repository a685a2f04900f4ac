/** How many frames a client may send: so many at once, and so many a second after that. */
export class FrameAllowance {
  private left: number;

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
    private at: number,
  ) {
    this.left = burst;
  }

  /** Whether one more is allowed at `now` (milliseconds of a clock that never goes back). */
  take(now: number): boolean {
    this.left = Math.min(this.burst, this.left + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
