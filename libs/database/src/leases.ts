import { Fault, type NewEvent, type StageName } from '@lockstep/contracts';
import { skips } from '@lockstep/runtime';
import type { Database, Transaction } from './connection';
import { askLeave, waitForCredential, type CredentialUse } from './credentials';
import { appendRunEvents, appendRunEventsAs } from './events';
import type { RunRow } from './rows';

/** The right to drive a run for a while. Every write names it; a token that isn't the row's changes nothing. */
export interface Lease {
  readonly runId: string;
  /** The fencing token, a bigint as text. */
  readonly token: string;
  readonly executorId: string;
}

export interface TakenRun {
  readonly lease: Lease;
  readonly run: RunRow;
  /** The token of the executor that drove the run before; null when nobody has. */
  readonly previousDriver: string | null;
  /** The run tries a credential that was paused: what it hears decides for all. */
  readonly probes: boolean;
}

export interface Claim {
  readonly runId: string;
  readonly executorId: string;
  readonly leaseMs: number;
  readonly stage: StageName;
  /** What the run is to be driven with; absent where no provider is asked. */
  readonly credential?: CredentialUse;
}

type ClaimedRow = RunRow & { previous_driver: string | null };

/**
 * Claims a queued run, with its events. Null: it isn't queued (any more), so the bell was late or rang twice; or its credential is
 * paused, and the run waits for that.
 */
export function takeLease(db: Database, claim: Claim): Promise<TakenRun | null> {
  return db.transaction(async (tx) => {
    const { run, probes } = await claimRun(tx, claim);
    if (!run) return null;
    const action = claim.stage === 'delivery' ? 'stage4_started' : 'stage3_started';
    await appendRunEvents(tx, run.id, [
      { type: 'lease.taken', data: { executorId: claim.executorId } },
      { type: 'execution.status', data: { status: 'running', action } },
    ]);
    return {
      lease: { runId: run.id, token: run.fencing_token, executorId: claim.executorId },
      run,
      previousDriver: run.previous_driver,
      probes,
    };
  });
}

interface Claimed {
  readonly run: ClaimedRow | undefined;
  readonly probes: boolean;
}

/** One statement in fair weather. Otherwise the run's row is locked before the credential's, as everywhere. */
async function claimRun(tx: Transaction, claim: Claim): Promise<Claimed> {
  const { runId, stage, credential } = claim;
  const take = async (fingerprint: string | null): Promise<ClaimedRow | undefined> =>
    (await tx.query<ClaimedRow>('take-lease', [runId, claim.executorId, claim.leaseMs, stage, fingerprint]))[0];
  const run = await take(credential?.fingerprint ?? null);
  if (run || !credential) return { run, probes: false };
  const [held] = await tx.query('hold-queued', [runId, stage]);
  if (!held) return { run, probes: false };
  const leave = await askLeave(tx, credential, runId);
  if (typeof leave === 'string') return { run: await take(null), probes: leave === 'probe' };
  await waitForCredential(tx, runId, credential.fingerprint, leave);
  return { run, probes: false };
}

/**
 * One event, or a few, in one statement: the hot path of what the agent prints. @throws Fault lease_lost
 */
export async function appendUnderLease(db: Database, lease: Lease, events: readonly NewEvent[]): Promise<number> {
  if (events.length === 0) return 0;
  const seq = await appendRunEventsAs(db, lease, events);
  if (seq !== null) return seq;
  if (isUnfenced()) return db.transaction((tx) => appendRunEvents(tx, lease.runId, events));
  throw leaseLost(lease);
}

export interface Heartbeat {
  /** What a person asked of the run meanwhile. */
  readonly request: 'cancel' | 'pause' | null;
  readonly requestedBy: string | null;
}

/** Prolongs the lease; throws `lease_lost` when somebody else drives the run. */
export async function renewLease(db: Database, lease: Lease, leaseMs: number): Promise<Heartbeat> {
  const [row] = await db.query<{ request: 'cancel' | 'pause' | null; requested_by: string | null }>('renew-lease', [
    lease.runId,
    lease.token,
    leaseMs,
  ]);
  if (!row && !isUnfenced()) throw leaseLost(lease);
  return { request: row?.request ?? null, requestedBy: row?.requested_by ?? null };
}

/**
 * The only way an executor writes: begins by locking the run's row on (id, fencing token), so that a late executor's whole
 * transaction changes no row (contracts.md, "Who may move"). `before` sends what is large ahead of the lock, so that no event waits for
 * it; it may add rows and must leave the run's own alone, and a lease that is lost undoes it with the rest.
 */
export function writeUnderLease<T>(
  db: Database,
  lease: Lease,
  work: (tx: Transaction) => Promise<T>,
  before?: (tx: Transaction) => Promise<void>,
): Promise<T> {
  return db.transaction(async (tx) => {
    await before?.(tx);
    const [held] = await tx.query('hold-lease', [lease.runId, lease.token]);
    if (!held && !isUnfenced()) throw leaseLost(lease);
    return work(tx);
  });
}

/** A drill shows what a late executor would do without the fence. */
const isUnfenced = (): boolean => skips('lease.fencing');

const leaseLost = (lease: Lease): Fault =>
  new Fault(
    'lease_lost',
    `Executor ${lease.executorId} no longer holds the run ${lease.runId}; another executor goes on from the last committed step.`,
  );

/** Gives back runs whose lease ran out: `running → queued`, the attempt is `lost`, the bell rings. Returns the runs' ids. */
export function sweepLeases(db: Database, limit = 50): Promise<string[]> {
  return db.transaction(async (tx) => {
    const lost = await tx.query<Pick<RunRow, 'id' | 'stage' | 'lease_owner'>>('sweep-leases', [limit]);
    for (const run of lost) await giveBack(tx, run, run.lease_owner ?? 'unknown');
    return lost.map(({ id }) => id);
  });
}

async function giveBack(tx: Transaction, run: Pick<RunRow, 'id' | 'stage'>, executorId: string): Promise<void> {
  const [attempt] = await tx.query<{ step_key: string; number: number }>('close-attempt', [
    run.id,
    'lost',
    `executor ${executorId} lost its lease`,
  ]);
  await tx.query('move-run', [run.id, ['running'], 'queued', 'slot', null, null, true, null]);
  await tx.query('ring', [`stage.${run.stage}`, JSON.stringify({ runId: run.id, ahead: true })]);
  await appendRunEvents(tx, run.id, [
    {
      type: 'attempt.lost',
      data: { executorId, ...(attempt ? { stepId: attempt.step_key, attempt: attempt.number } : {}) },
    },
    {
      type: 'execution.status',
      data: {
        status: 'queued',
        action: 'lease_lost',
        reason: `executor ${executorId} lost its lease`,
        waitReason: 'slot',
      },
    },
  ]);
}
