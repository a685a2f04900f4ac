/**
 * What can end the driving of a run from outside. `lease_lost`: somebody else drives it, so nothing may be written any more.
 * `cancel` and `pause`: a person. `drain`: this executor goes away.
 */
export type Interruption = 'lease_lost' | 'cancel' | 'pause' | 'drain';

/** Thrown at the points where driving may stop; caught once, at the top. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(
    readonly why: Interruption,
    readonly by: string | null,
  ) {
    super(`the run was interrupted: ${why}`);
  }
}

/** From light to grave. A drain is patient: the turn and its gate may end; the others take effect at once. */
const gravity: readonly Interruption[] = ['drain', 'pause', 'cancel', 'lease_lost'];

/** One run's ways to be interrupted, as seen by whoever drives it. */
export class RunControl {
  private readonly ending = new AbortController();
  private asked: { readonly cause: Interruption; readonly by: string | null } | null = null;

  /** Aborts when the agent and the checks have to be ended in the middle of whatever they do. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  get isInterrupted(): boolean {
    return this.asked !== null;
  }

  get isLeaseLost(): boolean {
    return this.asked?.cause === 'lease_lost';
  }

  /** Whether what the agent does is still of use to the run: if not, it is ended without being asked. */
  get isWorkWanted(): boolean {
    return this.asked === null || this.asked.cause === 'drain' || this.asked.cause === 'pause';
  }

  /** Asks for an end. A graver cause replaces a lighter one. */
  interrupt(cause: Interruption, by: string | null = null): void {
    if (this.asked !== null && gravity.indexOf(this.asked.cause) >= gravity.indexOf(cause)) return;
    this.asked = { cause, by };
    if (cause !== 'drain') this.hurry();
  }

  /** Patience is over: what was asked for patiently happens now. */
  hurry(): void {
    if (this.asked !== null) this.ending.abort();
  }

  /** A point between two turns, where nothing is lost by stopping. @throws Interrupted */
  checkpoint(): void {
    if (this.asked !== null) throw new Interrupted(this.asked.cause, this.asked.by);
  }

  /** A point within a turn or a gate, which is only left when there is no more time. @throws Interrupted */
  breakpoint(): void {
    if (this.ending.signal.aborted) this.checkpoint();
  }
}
