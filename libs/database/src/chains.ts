import { Fault, type RunStatus, type StageName, type WaitReason } from '@lockstep/contracts';
import type { Transaction } from './connection';
import { appendRunEvents } from './events';
import type { RunRow } from './rows';

/**
 * Runs that come after one another (ADR 0013): the next one is queued with the reason `predecessor`, and begins at the head of the one
 * before once that is delivered.
 */
export interface Place {
  readonly afterRunId: string | null;
  /** The head of the run before, once it is delivered. */
  readonly baseSha: string | null;
  /** Why it waits; null: it doesn't. */
  readonly reason: string | null;
}

const first: Place = { afterRunId: null, baseSha: null, reason: null };

export interface PlaceQuery {
  readonly teamId: string;
  readonly projectId: string;
  /** A run's id, a plan's id, in any version, or `last` for the project's newest run that isn't cancelled. */
  readonly after: string | undefined;
}

/** Where a new run of the project goes in its chain. The project's row is locked. */
export async function findPlace(tx: Transaction, { teamId, projectId, after }: PlaceQuery): Promise<Place> {
  if (after === undefined) return first;
  const named = after === 'last' ? null : after;
  const [run] = await tx.query<RunRow>('predecessor', [teamId, projectId, named]);
  if (!run && named === null) return first;
  if (!run)
    throw new Fault(
      'wrong_transition',
      `Neither a run nor a plan of this project that could be waited for is ${after}. Name one that was approved and not cancelled, or leave "after" out.`,
    );
  if (run.status === 'completed') return { afterRunId: run.id, baseSha: run.head_sha, reason: null };
  return { afterRunId: run.id, baseSha: null, reason: reasonToWait(run.id, run.status) };
}

function reasonToWait(runId: string, status: RunStatus): string {
  if (status !== 'failed' && status !== 'cancelled') return `waits until the run ${runId} is delivered`;
  const retry = status === 'failed' ? `retry that one with POST /v1/runs/${runId}/resume, or ` : '';
  return `the run ${runId}, which this one comes after, ${status === 'failed' ? 'failed' : 'was cancelled'}: ${retry}resume this one to go on without that work, or cancel it`;
}

/** Whatever became of a run, those that wait for it are told, in the same transaction; a delivered one lets them start. */
export async function tellSuccessors(tx: Transaction, runId: string, status: RunStatus): Promise<void> {
  if (status === 'completed') return releaseSuccessors(tx, runId);
  if (status !== 'failed' && status !== 'cancelled' && status !== 'queued') return;
  const reason = reasonToWait(runId, status);
  const told = await tx.query<{ id: string }>('tell-successors', [runId, reason]);
  for (const { id } of told) await appendRunEvents(tx, id, [queued(`predecessor_${status}`, reason, 'predecessor')]);
}

async function releaseSuccessors(tx: Transaction, runId: string): Promise<void> {
  const released = await tx.query<{ id: string; stage: StageName; status: RunStatus }>('release-successors', [runId]);
  for (const { id, stage, status } of released) {
    if (status !== 'queued') continue;
    await tx.query('ring', [`stage.${stage}`, JSON.stringify({ runId: id })]);
    await appendRunEvents(tx, id, [queued('predecessor_delivered', `the run ${runId} is delivered`, 'slot')]);
  }
}

const queued = (action: string, reason: string, waitReason: WaitReason) => ({
  type: 'execution.status' as const,
  data: { status: 'queued' as const, action, reason, waitReason },
});

/** A person lets a run go on without the one that it waits for, which failed or was cancelled: it takes that one's place in the chain. */
export async function goOnWithout(tx: Transaction, run: RunRow, by: string): Promise<void> {
  if (run.after_run_id) await tx.query('hold-before-last', [run.after_run_id]);
  const [moved] = await tx.query<RunRow>('detach-run', [run.id, `resumed by ${by}`]);
  if (!moved)
    throw new Fault(
      'wrong_transition',
      `The run ${run.id} starts when the run ${run.after_run_id} is delivered. Resume that one, or cancel it and resume this one to go on without it.`,
    );
  if (moved.wait_reason === 'slot') await tx.query('ring', [`stage.${run.stage}`, JSON.stringify({ runId: run.id })]);
  const said = `resumed by ${by}, without the run ${run.after_run_id}`;
  await appendRunEvents(tx, run.id, [queued('run_resumed', said, moved.wait_reason ?? 'slot')]);
}
