import type { Credential, CredentialState, ProviderLimit } from '@lockstep/contracts';
import {
  afterAcceptance,
  afterRefusal,
  credentialMoves,
  mayMove,
  whenTried,
  whyPaused,
  type Refusal,
  type Weather,
} from '@lockstep/domain';
import type { Database, Transaction } from './connection';
import { appendRunEvents } from './events';

/**
 * The rows of the credentials' weather (ADR 0017). Every move is decided by `libs/domain` while the row is held; a transaction that
 * holds a run as well has locked the run first.
 */
interface CredentialRow extends Record<string, unknown> {
  readonly fingerprint: string;
  readonly state: CredentialState;
  readonly limited_by: ProviderLimit | null;
  readonly refusals: number;
  readonly resume_at: Date | null;
  readonly probe_run_id: string | null;
  readonly probe_until: Date | null;
  readonly now: Date;
}

const toWeather = (row: CredentialRow): Weather => ({
  state: row.state,
  limit: row.limited_by,
  refusals: row.refusals,
  resumeAt: row.resume_at,
  probe:
    row.probe_run_id === null || row.probe_until === null ? null : { runId: row.probe_run_id, until: row.probe_until },
});

/** Why nothing may begin with a credential at the moment. */
export interface Pause {
  readonly reason: string;
  readonly resumeAt: Date | null;
}

const toPause = (weather: Weather): Pause => ({ reason: whyPaused(weather), resumeAt: weather.resumeAt });

/** What a run asks with: whose weather decides whether it may begin a turn. */
export interface CredentialUse {
  readonly fingerprint: string;
  /** How long a probe may take, in milliseconds. */
  readonly probeMs: number;
}

/** `go`: the credential is open. `probe`: this run is the one that tries. Else the run has to wait. */
export type Leave = 'go' | 'probe' | Pause;

/** Makes the executor's credential known, and rings for runs that wait for one that it takes the place of. */
export async function registerCredential(db: Database, fingerprint: string, host: string): Promise<void> {
  await db.query('register-credential', [fingerprint, host]);
  await db.query('ring-from-other-credentials', [fingerprint]);
}

/** What makes this installation's fingerprints its own. */
export const credentialSalt = async (db: Database): Promise<string> =>
  (await db.prisma.installation.findFirstOrThrow({ select: { credentialSalt: true } })).credentialSalt;

/** Asks before a turn; one statement while the credential is open. */
export async function askLeave(
  tx: Transaction,
  { fingerprint, probeMs }: CredentialUse,
  runId: string,
): Promise<Leave> {
  const [row] = await tx.query<CredentialRow>('closed-credential', [fingerprint]);
  if (!row) return 'go';
  const weather = toWeather(row);
  // In a statement of its own: one that waited for the row above still sees the runs as they were before the wait.
  const proberIsGone = weather.probe !== null && (await tx.query('driven', [weather.probe.runId])).length === 0;
  const tried = whenTried(weather, { runId, now: row.now, probeMs, proberIsGone });
  if (tried === null) return toPause(weather);
  await store(tx, fingerprint, weather, tried);
  return 'probe';
}

/** The provider has refused a request. Returns until when nobody asks again. */
export async function pauseCredential(
  tx: Transaction,
  fingerprint: string,
  refusal: Refusal,
  firstMs: number,
): Promise<Pause> {
  const row = await lock(tx, fingerprint);
  const weather = toWeather(row);
  const next = afterRefusal(weather, refusal, { now: row.now, firstMs });
  await store(tx, fingerprint, weather, next);
  return toPause(next);
}

/** The provider has taken a request of the run: when that was the probe, all that wait may go on, and the relay is to be told. */
export function openCredential(db: Database, fingerprint: string, runId: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const weather = toWeather(await lock(tx, fingerprint));
    const next = afterAcceptance(weather, runId);
    if (next === weather) return false;
    await store(tx, fingerprint, weather, next);
    await tx.query('ring-credential', [fingerprint]);
    return true;
  });
}

async function lock(tx: Transaction, fingerprint: string): Promise<CredentialRow> {
  const [row] = await tx.query<CredentialRow>('lock-credential', [fingerprint]);
  if (!row) throw new Error(`the credential ${fingerprint} is not registered`);
  return row;
}

async function store(tx: Transaction, fingerprint: string, from: Weather, to: Weather): Promise<void> {
  if (from === to) return;
  if (from.state !== to.state && !mayMove(credentialMoves, from.state, to.state))
    throw new Error(`a credential does not move from ${from.state} to ${to.state}`);
  await tx.query('move-credential', [
    fingerprint,
    from.state,
    to.state,
    to.limit,
    to.refusals,
    to.resumeAt,
    to.probe?.runId ?? null,
    to.probe?.until ?? null,
  ]);
}

/** A queued run waits until its credential is open, or until it may try it. Told again, it says nothing new. */
export async function waitForCredential(
  tx: Transaction,
  runId: string,
  fingerprint: string,
  { reason, resumeAt }: Pause,
): Promise<void> {
  if (!(await bindToCredential(tx, runId, fingerprint, { reason, resumeAt }))) return;
  const at = resumeAt === null ? {} : { resumeAt: resumeAt.toISOString() };
  const waits = { status: 'queued', action: 'credential_paused', reason, waitReason: 'credential', ...at } as const;
  await appendRunEvents(tx, runId, [{ type: 'execution.status', data: waits }]);
}

/** Says in a queued run's row what it waits for; false when it stands there already. */
export async function bindToCredential(
  tx: Transaction,
  runId: string,
  fingerprint: string,
  { reason, resumeAt }: Pause,
): Promise<boolean> {
  return (await tx.query('wait-for-credential', [runId, fingerprint, reason, resumeAt])).length > 0;
}

/** Rings one run for each credential that may be tried again; returns their ids. */
export async function ringDueCredentials(db: Database, notWithinMs: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>('ring-due-credentials', [notWithinMs]);
  return rows.map(({ id }) => id);
}

/** All credentials that executors have shown, with the number of the team's runs that wait for each. */
export async function listCredentials(db: Database, teamId: string): Promise<Credential[]> {
  const [rows, waiting] = await Promise.all([
    db.prisma.credential.findMany({ orderBy: { changedAt: 'desc' } }),
    db.prisma.run.groupBy({
      by: ['credential'],
      where: { teamId, status: 'queued', waitReason: 'credential' },
      _count: true,
    }),
  ]);
  const counts = new Map(waiting.map(({ credential, _count }) => [credential, _count]));
  return rows.map(({ fingerprint, host, state, limitedBy: limit, resumeAt, refusals, changedAt }) => ({
    ...{ id: fingerprint, host, state, limit, refusals },
    reason: state === 'open' ? null : whyPaused({ state, limit, resumeAt }),
    resumeAt: resumeAt?.toISOString() ?? null,
    waiting: counts.get(fingerprint) ?? 0,
    changedAt: changedAt.toISOString(),
  }));
}
