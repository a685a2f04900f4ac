import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { NewEvent } from '@lockstep/contracts';
import { appendUnderLease, openDatabase, takeLease, type Database, type Lease } from '@lockstep/database';
import { seedRun } from '@lockstep/database/testing';
import { inBatches } from '@lockstep/runtime';
import { atLeast, atMost, durations, told, type Line } from '../report/line';
import { median, p95 } from '../report/samples';
import type { Bench, PlainMeasure } from './measure';

const runs = 8;
const offeredPerSecond = 10_000;

/** Events of several runs through the executor's own way (batches under the lease, `seq` under the run's row lock), against raw rows. */
export const events: PlainMeasure = {
  name: 'events',
  needs: null,
  run: async ({ servers, quick }: Bench) => {
    const url = await servers.freshDatabase('events');
    const db = openDatabase({ url, poolSize: runs });
    try {
      const leases = await Promise.all(Array.from({ length: runs }, (_, index) => leaseOf(db, index)));
      const most = quick ? 20_000 : 60_000;
      const rates: number[] = [];
      const raw: number[] = [];
      for (let round = 0; round < (quick ? 1 : 4); round += 1) {
        raw.push(await rawPerSecond(url, most));
        rates.push(await flatOut(db, leases, most / runs));
      }
      const delays = await offered(db, leases, quick ? 1 : 6);
      await checkDense(url);
      return [lineOf(rates, raw, delays)];
    } finally {
      await db.stop();
    }
  },
};

async function leaseOf(db: Database, index: number): Promise<Lease> {
  const { runId } = await seedRun(db);
  const taken = await takeLease(db, {
    runId,
    executorId: `bench-${index}`,
    leaseMs: 3_600_000,
    stage: 'implementation',
  });
  if (!taken) throw new Error('a fresh run could not be taken');
  return taken.lease;
}

const progress = (message: string): NewEvent => ({
  type: 'implementation.progress',
  data: { stepId: '1', status: 'implementing', filesModified: [], testsStatus: null, retryCount: 0, message },
});

/** Every run as fast as it can, in batches of 250. */
async function flatOut(db: Database, leases: readonly Lease[], each: number): Promise<number> {
  const batch = Array.from({ length: 250 }, (_, index) =>
    progress(`event ${index} of a batch, with a text of ordinary length`),
  );
  const began = performance.now();
  await Promise.all(
    leases.map(async (lease) => {
      for (let stored = 0; stored < each; stored += batch.length) await appendUnderLease(db, lease, batch);
    }),
  );
  return (Math.ceil(each / batch.length) * batch.length * leases.length * 1000) / (performance.now() - began);
}

interface Stamped {
  readonly event: NewEvent;
  readonly at: number;
}

/** Ten thousand events a second from all runs together; how long each waited until it was stored. */
async function offered(db: Database, leases: readonly Lease[], seconds: number): Promise<number[]> {
  const delays: number[] = [];
  const writers = leases.map((lease) =>
    inBatches<Stamped>(async (batch) => {
      await appendUnderLease(
        db,
        lease,
        batch.map(({ event }) => event),
      );
      const now = performance.now();
      delays.push(...batch.map(({ at }) => now - at));
    }),
  );
  const began = performance.now();
  for (let made = 0; made < seconds * offeredPerSecond;) {
    const at = performance.now();
    const due = Math.min(seconds * offeredPerSecond, Math.floor(((at - began) / 1000) * offeredPerSecond));
    for (; made < due; made += 1) writers[made % runs]!.push([{ event: progress('one of ten thousand a second'), at }]);
    await pause(1);
  }
  await Promise.all(writers.map((writer) => writer.settled()));
  return delays.slice(Math.floor(delays.length / 20));
}

/** One multi-row INSERT after another from one connection into a table without anything. */
async function rawPerSecond(url: string, rows: number): Promise<number> {
  const pg = new Client({ connectionString: url });
  await pg.connect();
  try {
    await pg.query('CREATE TABLE IF NOT EXISTS raw_events (seq int, type text, data jsonb)');
    const data = Array.from({ length: 250 }, () =>
      JSON.stringify(progress('event of a batch, with a text of ordinary length').data),
    );
    const began = performance.now();
    for (let stored = 0; stored < rows; stored += data.length)
      await pg.query({
        name: 'raw',
        text: "INSERT INTO raw_events SELECT $1, 'implementation.progress', d FROM unnest($2::jsonb[]) AS d",
        values: [stored, data],
      });
    return (rows * 1000) / (performance.now() - began);
  } finally {
    await pg.end();
  }
}

async function checkDense(url: string): Promise<void> {
  const pg = new Client({ connectionString: url });
  await pg.connect();
  const { rows } = await pg.query(
    'SELECT stream_id FROM events GROUP BY stream_id HAVING count(*) <> max(seq) OR min(seq) <> 1',
  );
  await pg.end();
  if (rows.length > 0) throw new Error(`${rows.length} streams have holes`);
}

const lineOf = (rates: readonly number[], raw: readonly number[], delays: readonly number[]): Line => ({
  measure: 'events',
  quantity: `events stored per second, gap-free, ${runs} runs at once`,
  backplane: null,
  samples: rates.length,
  checks: [
    atLeast('flat out', median(rates), 10_000, 'events/s'),
    told('against raw rows', median(rates) / median(raw), '×'),
    ...durations(delays, {})
      .slice(0, 1)
      .map((check) => ({ ...check, what: `added at ${offeredPerSecond} events/s, p50` })),
    atMost(`added at ${offeredPerSecond} events/s, p95`, p95(delays), 20, 'ms'),
  ],
  baseline: { what: 'raw multi-row INSERT', value: median(raw), unit: 'events/s' },
});
