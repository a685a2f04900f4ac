import { authenticate, type Caller, type Database } from '@lockstep/database';
import { systemClock, type Clock } from '@lockstep/runtime';

/** How long a token is believed without a look: what a revoked one may still do. */
export const trustMs = 3_000;
const maxTokens = 2_000;

/** Bearer tokens, looked up in Postgres and remembered for a moment, so that the hot path asks nothing. */
export class Tokens {
  private readonly known = new Map<string, { readonly caller: Caller; readonly until: number }>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Whose token it is; null when it is unknown, revoked or expired. Only tokens that are good are remembered. */
  async check(token: string): Promise<Caller | null> {
    const now = this.clock.monotonicMs();
    const known = this.known.get(token);
    if (known && known.until > now) return known.caller;
    this.known.delete(token);
    const caller = await authenticate(this.database, token);
    if (caller) this.remember(token, caller, now + trustMs);
    return caller;
  }

  private remember(token: string, caller: Caller, until: number): void {
    const [oldest] = this.known.keys();
    if (this.known.size >= maxTokens && oldest !== undefined) this.known.delete(oldest);
    this.known.set(token, { caller, until });
  }
}
