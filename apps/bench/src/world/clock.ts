import type { Client } from 'pg';

/** Wall-clock milliseconds with a fraction, which `Date.now()` has not. */
export const wallMs = (): number => performance.timeOrigin + performance.now();

/**
 * Milliseconds that the database's clock is ahead of `wallMs`: the answer of the quickest of several questions counts, from the middle
 * of the time that it took. On one machine this corrects for the drift of Node's own clock.
 */
export async function databaseAhead(pg: Client): Promise<number> {
  let best = { took: Infinity, ahead: 0 };
  for (let round = 0; round < 8; round += 1) {
    const asked = wallMs();
    const { rows } = await pg.query<{ ms: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
    );
    const took = wallMs() - asked;
    if (took < best.took) best = { took, ahead: rows[0]!.ms - (asked + took / 2) };
  }
  return best.ahead;
}
