import type { Database } from './connection';

/** More than any run gives out in its life. */
const leap = 1_000_000_000;

export interface RenewedEpoch {
  readonly epoch: string;
  /** Runs that an executor held when the backup was made; the sweeper gives them back. */
  readonly running: number;
}

/**
 * Makes a database safe to use after it was brought back from a backup, before any service starts on it: what the lost time gave out
 * (cursors, leases, fencing tokens, newer files on executors' disks) is worth nothing from now on. Doing it once too often is harmless.
 */
export async function renewEpoch(db: Database): Promise<RenewedEpoch> {
  const [row] = await db.query<{ epoch: string; running: number }>('renew-epoch', [leap]);
  if (!row) throw new Error('The database has no installation row: it was never migrated.');
  return row;
}
