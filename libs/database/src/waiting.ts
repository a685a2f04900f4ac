import type { CredentialState, ProviderLimit, Run, RunStatus, WaitReason } from '@lockstep/contracts';
import { whyWaiting, type WaitFacts } from '@lockstep/domain';
import type { Database } from './connection';

interface FactsRow extends Record<string, unknown> {
  readonly id: string;
  readonly executors: number;
  readonly slots: number;
  readonly busy: number;
  readonly ahead: number;
  readonly credential_state: CredentialState | null;
  readonly limited_by: ProviderLimit | null;
  readonly resume_at: Date | null;
  readonly question_step: string | null;
  readonly question_text: string | null;
  readonly questions: number;
  readonly review_step: string | null;
  readonly next_step: string | null;
  readonly predecessor_id: string | null;
  readonly predecessor_status: RunStatus | null;
}

/** What a run's own row says of its wait. */
export interface Resting {
  readonly id: string;
  readonly status: RunStatus;
  readonly waitReason: WaitReason | null;
  readonly reason: string | null;
  readonly resumeAt: Date | null;
}

const atRest: readonly RunStatus[] = ['queued', 'blocked', 'paused'];

/** Why each of the runs waits, by id; one statement, and none when all of them move. */
export async function whyTheyWait(db: Database, runs: readonly Resting[]): Promise<Map<string, Run['waiting']>> {
  const resting = new Map(runs.filter(({ status }) => atRest.includes(status)).map((run) => [run.id, run]));
  if (resting.size === 0) return new Map();
  const rows = await db.query<FactsRow>('wait-facts', [[...resting.keys()]]);
  return new Map(rows.map((row) => [row.id, waitingOf(resting.get(row.id)!, row)]));
}

function waitingOf(run: Resting, row: FactsRow): Run['waiting'] {
  const why = whyWaiting(factsOf(run, row));
  return why && { for: why.for, says: why.says, until: why.until?.toISOString() ?? null, see: linkOf(why.for, row) };
}

const factsOf = ({ status, waitReason, reason, resumeAt }: Resting, row: FactsRow): WaitFacts => ({
  ...{ status, waitReason, reason, resumeAt },
  ahead: row.ahead,
  fleet: { executors: row.executors, slots: row.slots, busy: row.busy },
  credential:
    row.credential_state === null
      ? null
      : { state: row.credential_state, limit: row.limited_by, resumeAt: row.resume_at },
  question:
    row.question_text === null ? null : { stepKey: row.question_step, text: row.question_text, open: row.questions },
  reviewStep: row.review_step,
  nextStep: row.next_step,
  predecessor:
    row.predecessor_id === null || row.predecessor_status === null
      ? null
      : { runId: row.predecessor_id, status: row.predecessor_status },
});

/** Where more of it is to be read, or answered. */
function linkOf(cause: WaitReason, { id, predecessor_id }: FactsRow): string | null {
  if (cause === 'question' || cause === 'budget') return `/v1/questions?state=open&runId=${id}`;
  if (cause === 'review' || cause === 'advance') return `/v1/runs/${id}/steps`;
  if (cause === 'predecessor' && predecessor_id !== null) return `/v1/runs/${predecessor_id}`;
  return cause === 'credential' ? '/v1/credentials' : null;
}
