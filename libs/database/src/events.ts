import { eventCatalogue, Fault, type EventEnvelope, type EventType, type NewEvent } from '@lockstep/contracts';
import type { Database, Transaction } from './connection';

interface EventRow {
  readonly stream_id: string;
  readonly seq: number;
  readonly id: string;
  readonly team_id: string;
  readonly project_id: string;
  readonly plan_id: string;
  readonly run_id: string | null;
  readonly type: string;
  readonly subject: string;
  readonly data: Record<string, unknown>;
  readonly at: Date;
}

/** Events in a page at most. */
export const maxEventPage = 1000;

/** Appends to a run's stream, in one statement; returns the last `seq`. A fact that breaks its schema is our bug and throws. */
export const appendRunEvents = (tx: Transaction, runId: string, events: readonly NewEvent[]): Promise<number> =>
  append(tx, 'append-run-events', runId, events);

/** Appends to a plan's stream. */
export const appendPlanEvents = (tx: Transaction, planId: string, events: readonly NewEvent[]): Promise<number> =>
  append(tx, 'append-plan-events', planId, events);

/** The same for the holder of a lease; null when its token is stale. */
export async function appendRunEventsAs(
  db: Database,
  lease: { runId: string; token: string },
  events: readonly NewEvent[],
): Promise<number | null> {
  const rows = await db.query<{ seq: number }>('append-events-under-lease', [
    ...columnsOf(lease.runId, events),
    lease.token,
  ]);
  return rows.length === 0 ? null : Math.max(...rows.map(({ seq }) => seq));
}

function columnsOf(streamId: string, events: readonly NewEvent[]): unknown[] {
  const facts = events.map(({ type, data }) => ({
    type,
    data: eventCatalogue[type].parse(data) as Record<string, unknown>,
  }));
  return [
    streamId,
    facts.map(({ type }) => type),
    facts.map(({ data }) => subjectOf(data, streamId)),
    facts.map(({ data }) => JSON.stringify(storable(data))),
  ];
}

async function append(
  tx: Transaction,
  statement: string,
  streamId: string,
  events: readonly NewEvent[],
): Promise<number> {
  const rows = await tx.query<{ seq: number }>(statement, columnsOf(streamId, events));
  if (rows.length !== events.length)
    throw new Error(`${events.length} events were appended to ${streamId}, ${rows.length} rows came back`);
  return Math.max(0, ...rows.map(({ seq }) => seq));
}

const subjectOf = (data: Record<string, unknown>, streamId: string): string =>
  String(data['stepId'] ?? data['questionId'] ?? streamId);

/** Postgres' jsonb holds no NUL and no lone surrogate; the agent's text may. */
export function storable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) =>
    typeof inner === 'string' ? storableText(inner) : inner,
  ) as T;
}

export const storableText = (text: string): string => text.replace(/\u0000/g, '\uFFFD').toWellFormed();

/** A page of a stream (a run's or a plan's id), in `seq` order, after `after`. */
export async function readEvents(
  db: Database,
  streamId: string,
  after: number,
  limit = maxEventPage,
): Promise<EventEnvelope[]> {
  const rows = await db.query<EventRow & Record<string, unknown>>('read-events', [
    streamId,
    after,
    Math.min(limit, maxEventPage),
  ]);
  return rows.map(toEnvelope);
}

/**
 * The same for a reader that must not miss one. The floor is read last: what was removed meanwhile is noticed.
 * @throws Fault pruned
 */
export async function readKeptEvents(
  db: Database,
  runId: string,
  after: number,
  limit = maxEventPage,
): Promise<EventEnvelope[]> {
  const events = await readEvents(db, runId, after, limit);
  if (events.length > 0 && events[0]!.seq === after + 1) return events;
  const floor =
    (await db.prisma.run.findUnique({ where: { id: runId }, select: { eventFloor: true } }))?.eventFloor ?? 0;
  if (after >= floor) return events;
  throw new Fault(
    'pruned',
    `The run ${runId} is kept without its events up to ${floor}. Read the run as it is, and events with after=${floor}.`,
  );
}

export function toEnvelope(row: EventRow): EventEnvelope {
  return {
    specversion: '1.0',
    id: row.id,
    source: row.run_id === null ? `/plans/${row.plan_id}` : `/runs/${row.run_id}`,
    type: row.type,
    subject: row.subject,
    time: row.at.toISOString(),
    schema: `${row.type as EventType}/1`,
    ...(row.run_id === null ? {} : { runId: row.run_id }),
    planId: row.plan_id,
    projectId: row.project_id,
    teamId: row.team_id,
    seq: row.seq,
    data: row.data,
  };
}
