import type { Database } from './connection';

export interface SignOfLife {
  readonly id: string;
  readonly slots: number;
  readonly busy: number;
  /** Going away: it takes no run any more. */
  readonly draining: boolean;
  /** How long it counts as alive from now on, in milliseconds of the database's clock. */
  readonly aliveMs: number;
}

/** For people and their question why a run waits. Who drives a run is the leases' affair alone. */
export const executorSeen = async (db: Database, sign: SignOfLife): Promise<void> => {
  await db.query('executor-seen', [sign.id, sign.slots, sign.busy, sign.draining, sign.aliveMs]);
};

export const executorGone = async (db: Database, id: string): Promise<void> => {
  await db.query('executor-gone', [id]);
};

/** Forgets executors that have been dead for `keepMs`. */
export const pruneExecutors = async (db: Database, keepMs: number): Promise<void> => {
  await db.query('prune-executors', [keepMs]);
};

export interface Fleet {
  readonly executors: number;
  readonly slots: number;
  readonly busy: number;
}

/** The executors that are alive and take runs, with all their slots. */
export async function countFleet(db: Database): Promise<Fleet> {
  const [fleet] = await db.query<Fleet & Record<string, unknown>>('fleet');
  return fleet ?? { executors: 0, slots: 0, busy: 0 };
}
