import { type Act } from '../messages/acts';

const remembered = 10_000;

/**
 * Counts how often each fault has struck one prompt, so that `times` can let the retry through. It is the one thing about a
 * conversation that its messages cannot tell: a request that failed leaves no trace in them.
 */
export class FaultLedger {
  private readonly struck = new Map<string, number>();

  /** The acts to perform, without the faults whose `times` are used up; the first fault that is left counts as struck. */
  admit(conversation: string, acts: readonly Act[]): Act[] {
    const left = acts.filter((act, index) => !this.isSpent(`${conversation}:${index}`, act));
    const next = acts.findIndex((act) => 'fault' in act && left.includes(act));
    if (next >= 0) this.count(`${conversation}:${next}`);
    return left;
  }

  clear(): void {
    this.struck.clear();
  }

  private isSpent(key: string, act: Act): boolean {
    return 'fault' in act && act.times !== undefined && (this.struck.get(key) ?? 0) >= act.times;
  }

  private count(key: string): void {
    this.struck.set(key, (this.struck.get(key) ?? 0) + 1);
    const oldest = this.struck.keys().next().value;
    if (this.struck.size > remembered && oldest !== undefined) this.struck.delete(oldest);
  }
}
