import { createHmac } from 'node:crypto';
import type { RateLimit } from '@lockstep/agent';
import type { Nudges } from '@lockstep/backplane';
import type { ProviderLimit } from '@lockstep/contracts';
import {
  askLeave,
  credentialSalt,
  openCredential,
  pauseCredential,
  registerCredential,
  type CredentialUse,
  type Database,
  type Pause,
  type Transaction,
} from '@lockstep/database';
import type { ExecutorConfig, Logger } from '@lockstep/runtime';

/** From a run's leave to try until the provider has answered it: set-up and the start of Claude lie in between. */
const probeMs = 60_000;

export interface CredentialParts {
  readonly db: Database;
  readonly nudges: Nudges;
  readonly config: Pick<ExecutorConfig, 'anthropicApiKey' | 'providerWaitMs'>;
  readonly logger: Logger;
}

/** This executor's key, with the weather that all executors share (ADR 0017): asks before a turn, and tells what the provider says. */
export class Credential {
  private readonly probes = new Set<string>();
  private readonly limits = new Map<string, ProviderLimit>();
  private telling: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: CredentialParts,
    readonly use: CredentialUse,
  ) {}

  /** The run tries for all. */
  probedBy(runId: string): void {
    this.probes.add(runId);
  }

  forget(runId: string): void {
    this.probes.delete(runId);
    this.limits.delete(runId);
  }

  /** Null: the run may begin a turn. */
  async leave(tx: Transaction, runId: string): Promise<Pause | null> {
    const leave = await askLeave(tx, this.use, runId);
    if (leave === 'probe') this.probedBy(runId);
    return typeof leave === 'string' ? null : leave;
  }

  /** A turn of the run has ended with a refusal. */
  pause(tx: Transaction, runId: string): Promise<Pause> {
    return this.refuse(tx, runId, null);
  }

  /** What the provider has said so far is stored, or could not be. */
  settled(): Promise<unknown> {
    return this.telling;
  }

  /**
   * A request was refused, and Claude may try again by itself. A refusal that names its reset holds for all at once; any other one
   * only when Claude gives up: most are over before that.
   */
  onRefusal(runId: string, limit: RateLimit): void {
    this.parts.logger.warn({ runId, limit }, 'the provider refuses requests for now');
    this.limits.set(runId, limitOf(limit));
    const named = limit.retryAfterMs ?? (limit.resetAt === undefined ? null : new Date(limit.resetAt));
    if (named !== null) this.tell(() => this.parts.db.transaction((tx) => this.refuse(tx, runId, named)));
  }

  /** A request was taken: when it was the probe's, everybody may go on. */
  onAcceptance(runId: string): void {
    if (!this.probes.delete(runId)) return;
    this.tell(async () => {
      if (!(await openCredential(this.parts.db, this.use.fingerprint, runId))) return;
      this.parts.logger.info({ runId }, 'the provider takes requests again');
      this.parts.nudges.publish({ channel: 'outbox', seq: 0 });
    });
  }

  private refuse(tx: Transaction, runId: string, named: Date | number | null): Promise<Pause> {
    const limit = this.limits.get(runId) ?? 'rate';
    return pauseCredential(tx, this.use.fingerprint, { runId, limit, named }, this.parts.config.providerWaitMs);
  }

  /** One after the other, in the order in which the provider said it. What is lost is said again by the next request. */
  private tell(what: () => Promise<unknown>): void {
    this.telling = this.telling
      .then(what)
      .catch((err: unknown) => this.parts.logger.warn({ err }, 'what the provider said could not be stored'));
  }
}

const limitOf = ({ status, exhausted }: RateLimit): ProviderLimit =>
  status === 529 ? 'overload' : exhausted ? 'usage' : 'rate';

/** @param upstream the address that the key is for */
export async function openExecutorCredential(parts: CredentialParts, upstream: string): Promise<Credential> {
  const salt = await credentialSalt(parts.db);
  const digest = createHmac('sha256', salt)
    .update(`${upstream}\n${parts.config.anthropicApiKey ?? ''}`)
    .digest('hex');
  const fingerprint = digest.slice(0, 32);
  await registerCredential(parts.db, fingerprint, new URL(upstream).host);
  return new Credential(parts, { fingerprint, probeMs });
}
