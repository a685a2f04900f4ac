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

/** Those that wait for a point between turns; the others end the agent at once. */
const patient: ReadonlySet<Interruption> = new Set(['pause', 'drain']);
const gravity: readonly Interruption[] = ['pause', 'drain', 'cancel', 'lease_lost'];

/** One run's ways to be interrupted, as seen by whoever drives it. */
export class RunControl {
  private readonly ending = new AbortController();
  private asked: { readonly cause: Interruption; readonly by: string | null } | null = null;

  /** Aborts when the agent has to be ended in the middle of whatever it does; its reason is an `Interrupted`. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  get isLeaseLost(): boolean {
    return this.asked?.cause === 'lease_lost';
  }

  /** Asks for an end. A graver cause replaces a lighter one. */
  interrupt(cause: Interruption, by: string | null = null): void {
    if (this.asked !== null && gravity.indexOf(this.asked.cause) >= gravity.indexOf(cause)) return;
    this.asked = { cause, by };
    if (!patient.has(cause)) this.hurry();
  }

  /** Patience is over: what was asked for patiently happens now. */
  hurry(): void {
    if (this.asked !== null) this.ending.abort(new Interrupted(this.asked.cause, this.asked.by));
  }

  /** A point where the run may stop. @throws Interrupted */
  checkpoint(): void {
    if (this.asked !== null) throw new Interrupted(this.asked.cause, this.asked.by);
  }
}
