import type { Database } from './connection';

/** What the queue must be told. */
export interface Bell {
  readonly id: string;
  readonly job: string;
  readonly payload: unknown;
}

/**
 * Claims up to `limit` unsent bells, rings them with `ring` and marks those that were heard; returns how many were. The rows stay
 * locked meanwhile, so that two relays never ring the same bell at once; a crash in between rings again, and the claim of a run is
 * idempotent. A bell that wasn't heard stays unsent.
 */
export function relayBells(db: Database, ring: (bell: Bell) => Promise<boolean>, limit = 100): Promise<number> {
  return db.transaction(async (tx) => {
    const bells = await tx.query<Bell & Record<string, unknown>>('outbox-batch', [limit]);
    const heard: string[] = [];
    for (const bell of bells) {
      if (!(await ring(bell))) break;
      heard.push(bell.id);
    }
    if (heard.length > 0) await tx.query('outbox-sent', [heard]);
    return heard.length;
  });
}

/** Rings again for queued runs that were not announced within `graceMs`: the queue may have forgotten them. Returns their ids. */
export async function requeueForgotten(db: Database, graceMs: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>('requeue-forgotten', [graceMs]);
  return rows.map(({ id }) => id);
}

export const pruneOutbox = async (db: Database, keepMs: number): Promise<void> => {
  await db.query('outbox-prune', [keepMs]);
};
