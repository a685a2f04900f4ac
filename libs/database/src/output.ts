import type { OutputChunk } from '@lockstep/contracts';
import type { Database } from './connection';
import { storableText } from './events';
import type { Lease } from './leases';

/** Appends a chunk at `offset` bytes; returns the next offset. Takes no lock: the lease holder is the only writer. */
export async function appendOutput(
  db: Database,
  lease: Lease,
  chunk: { offset: number; stream: string; text: string },
): Promise<number> {
  const text = storableText(chunk.text);
  await db.query('append-output', [lease.runId, lease.token, chunk.offset, chunk.stream, text]);
  return chunk.offset + Buffer.byteLength(text);
}

/** Where a run's output ends, in bytes. */
export async function outputEnd(db: Database, runId: string): Promise<number> {
  const [row] = await db.query<{ byte_offset: string }>('output-end', [runId]);
  return Number(row?.byte_offset ?? 0);
}

/** Chunks from `from` bytes on, at most `limit` of them. */
export async function readOutput(db: Database, runId: string, from: number, limit = 500): Promise<OutputChunk[]> {
  const rows = await db.query<{ byte_offset: string; at: Date; stream: string; text: string }>('read-output', [
    runId,
    from,
    limit,
  ]);
  return rows.map((row) => ({
    offset: Number(row.byte_offset),
    at: row.at.toISOString(),
    stream: row.stream,
    text: row.text,
  }));
}
