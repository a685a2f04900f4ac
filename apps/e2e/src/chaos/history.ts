import type { Database } from '@lockstep/database';

/**
 * What an intact history never shows: a step that was completed twice in a round, work by an executor whose lease somebody else had
 * taken, a run that was taken twice without being given up in between. Read from the events and attempts alone.
 */
export async function historyFaults({ prisma }: Database): Promise<string[]> {
  const runs = await prisma.run.findMany({ select: { id: true } });
  const faults: string[] = [];
  for (const { id } of runs) {
    const [events, attempts, steps] = await Promise.all([
      prisma.event.findMany({ where: { streamId: id }, orderBy: { seq: 'asc' } }),
      prisma.attempt.findMany({ where: { runId: id }, orderBy: { startedAt: 'asc' } }),
      prisma.step.findMany({ where: { runId: id }, select: { key: true, round: true } }),
    ]);
    faults.push(
      ...completedTwice(id, events, new Map(steps.map(({ key, round }) => [key, round]))),
      ...takenTwice(id, events),
      ...lateWork(id, attempts),
    );
  }
  return faults;
}

interface HistoryEvent {
  readonly seq: number;
  readonly type: string;
  readonly subject: string;
  readonly data: unknown;
}

const statusOf = ({ data }: HistoryEvent): string => (data as { status?: string }).status ?? '';

function completedTwice(run: string, events: readonly HistoryEvent[], rounds: ReadonlyMap<string, number>): string[] {
  const counts = new Map<string, number>();
  for (const event of events)
    if (event.type === 'step.completed' && statusOf(event) === 'completed')
      counts.set(event.subject, (counts.get(event.subject) ?? 0) + 1);
  const ends = events.filter((event) => event.type === 'execution.status' && statusOf(event) === 'completed').length;
  return [
    ...[...counts]
      .filter(([key, count]) => count > (rounds.get(key) ?? 1))
      .map(([key, count]) => `run ${run}: step ${key} was completed ${count} times`),
    ...(ends > 1 ? [`run ${run}: it was completed ${ends} times`] : []),
  ];
}

/** Every `lease.taken` follows a time without a lease; what only a holder says comes while there is one. */
function takenTwice(run: string, events: readonly HistoryEvent[]): string[] {
  const faults: string[] = [];
  let held = false;
  for (const event of events) {
    if (event.type === 'lease.taken') {
      if (held) faults.push(`run ${run}: event ${event.seq} takes a lease that was not given up`);
      held = true;
    } else if (event.type === 'execution.status') held = statusOf(event) === 'running';
    else if (onlyHolders.has(event.type) && !held)
      faults.push(`run ${run}: event ${event.seq} (${event.type}) was written by nobody who held the run`);
  }
  return faults;
}

const onlyHolders = new Set([
  'step.started',
  'verification.started',
  'verification.finished',
  'implementation.progress',
  'cost.updated',
]);

interface HistoryAttempt {
  readonly stepKey: string;
  readonly number: number;
  readonly executorId: string | null;
  readonly fencingToken: bigint | number | null;
}

/** Fencing tokens rise with time: an attempt under an older one was opened by somebody who had lost the run. */
function lateWork(run: string, attempts: readonly HistoryAttempt[]): string[] {
  const faults: string[] = [];
  let highest = 0n;
  for (const { stepKey, number, executorId, fencingToken } of attempts) {
    const token = BigInt(fencingToken ?? 0);
    if (token < highest)
      faults.push(
        `run ${run}: attempt ${number} of step ${stepKey} was opened by ${executorId} after it had lost the run`,
      );
    else highest = token;
  }
  return faults;
}
