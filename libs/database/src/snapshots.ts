import { createHash } from 'node:crypto';
import { isFault } from '@lockstep/contracts';
import type { BlobRef, BlobStore, StoredBlob } from './blobs';
import type { Database, Transaction } from './connection';

/** What is needed to go on elsewhere. Commits come as bundles, one per step; only the newest work in progress counts. */
export interface KeptSnapshot {
  readonly kind: 'step' | 'park' | 'turn';
  /** The bundle holds `fromSha..headSha`; null when they are equal. */
  readonly fromSha: string;
  readonly headSha: string;
  readonly bundle: StoredBlob | null;
  readonly wipSha: string | null;
  readonly wipBundle: StoredBlob | null;
}

/** Stores a snapshot and removes the work in progress before it. What is put into a blob store is put there first. */
export async function keepSnapshot(tx: Transaction, runId: string, snapshot: KeptSnapshot): Promise<void> {
  const { kind, fromSha, headSha, bundle, wipSha, wipBundle } = snapshot;
  const [row] = await tx.query<{ id: string }>('keep-snapshot', [
    ...[runId, kind, fromSha, headSha],
    ...[bundle?.content, bundle?.ref, wipSha, wipBundle?.content, wipBundle?.ref],
  ]);
  if (row) await dropOldWork(tx, runId, row.id);
}

export interface WorkSnapshot {
  readonly kind: 'park' | 'turn';
  readonly headSha: string;
  readonly wipSha: string | null;
  readonly wipBundle: StoredBlob | null;
}

/**
 * Stores work in progress on the head that the run has anyway, and leaves the run's row alone: for the part of a transaction that comes
 * before its lease is looked at (`writeUnderLease`). Returns what `dropOldWork` takes under the lease.
 */
export async function stageWork(tx: Transaction, runId: string, work: WorkSnapshot): Promise<string> {
  const { kind, headSha, wipSha, wipBundle } = work;
  const values = [runId, kind, headSha, wipSha, wipBundle?.content, wipBundle?.ref];
  const [row] = await tx.query<{ id: string }>('stage-snapshot', values);
  if (!row) throw new Error(`the snapshot of the run ${runId} was not stored`);
  return row.id;
}

/** Removes the work in progress that a newer snapshot has replaced. */
export const dropOldWork = async (tx: Transaction, runId: string, newest: string): Promise<void> => {
  await tx.query('drop-old-wip', [runId, newest]);
};

/** A run's snapshots, oldest first. Their bytes are in the blob store. */
export async function readSnapshots(db: Database, runId: string): Promise<KeptSnapshot[]> {
  const rows = await db.prisma.snapshot.findMany({ where: { runId }, orderBy: { id: 'asc' } });
  return rows.map(({ kind, fromSha, headSha, bundle, bundleRef, wipSha, wipBundle, wipRef }) => ({
    ...{ kind, fromSha, headSha, wipSha },
    bundle: asStored(bundle, bundleRef),
    wipBundle: asStored(wipBundle, wipRef),
  }));
}

function asStored(content: Uint8Array | null, ref: unknown): StoredBlob | null {
  if (content !== null) return { content: Buffer.from(content), ref: null };
  return ref === null ? null : { content: null, ref: ref as BlobRef };
}

export interface TranscriptDelta {
  readonly sessionId: string;
  /** In bytes. */
  readonly offset: number;
  /** Null: nothing has come. */
  readonly content: StoredBlob | null;
  /** Of the whole transcript up to the delta's end, hexadecimal. */
  readonly sha256: string;
  /** What is kept is no longer how the transcript begins: the delta is all of it. */
  readonly replaces: boolean;
}

export async function keepTranscript(tx: Transaction, runId: string, delta: TranscriptDelta): Promise<void> {
  const { sessionId, offset, content, sha256, replaces } = delta;
  if (content === null) return;
  if (replaces) await tx.query('drop-transcript', [runId, sessionId]);
  await tx.query('append-transcript', [runId, sessionId, offset, content.content, content.ref, sha256]);
}

export interface KeptTranscript {
  /** From the beginning as far as it is kept and can be read. */
  readonly content: Buffer;
  /** Why there is no more of it; null: it is whole. */
  readonly problem: string | null;
}

/** The session's transcript, put together from its deltas. */
export async function readTranscript(
  db: Database,
  blobs: BlobStore,
  { runId, sessionId }: { runId: string; sessionId: string },
): Promise<KeptTranscript> {
  const rows = await db.prisma.transcriptChunk.findMany({
    where: { runId, sessionId },
    orderBy: { byteOffset: 'asc' },
  });
  const chunks: Buffer[] = [];
  try {
    for (const { content, contentRef } of rows) {
      const stored = asStored(content, contentRef);
      if (stored) chunks.push(await blobs.get(runId, stored));
    }
  } catch (error) {
    if (!isFault(error, 'snapshot_unusable')) throw error;
    return { content: Buffer.concat(chunks), problem: error.message };
  }
  return { content: Buffer.concat(chunks), problem: null };
}

/** How far the transcript of a session is kept. */
export interface TranscriptEnd {
  /** In bytes. */
  readonly offset: number;
  /** Of everything that is kept; null where that isn't known. */
  readonly sha256: string | null;
}

export async function transcriptEnd(db: Database, runId: string, sessionId: string): Promise<TranscriptEnd> {
  const [row] = await db.query<{ byte_offset: string; prefix_sha256: string | null }>('transcript-end', [
    runId,
    sessionId,
  ]);
  return { offset: Number(row?.byte_offset ?? 0), sha256: row?.prefix_sha256 ?? null };
}

/** What has to be kept of a transcript, given what is: bytes from `offset` on. */
export interface TranscriptGain {
  readonly offset: number;
  readonly gained: Buffer;
  readonly sha256: string;
  readonly replaces: boolean;
}

/**
 * What a transcript gained. Claude appends, but may also rewrite its end: then all of it is kept anew. One that has vanished gained
 * nothing, since what is kept is all there is.
 */
export function transcriptGain(whole: Buffer, kept: TranscriptEnd): TranscriptGain {
  const hash = createHash('sha256').update(whole.subarray(0, kept.offset));
  const prefix = hash.copy().digest('hex');
  const sha256 = hash.update(whole.subarray(kept.offset)).digest('hex');
  const continues = kept.offset <= whole.length && (kept.sha256 === null || kept.sha256 === prefix);
  if (continues || whole.length === 0)
    return { offset: kept.offset, gained: whole.subarray(kept.offset), sha256, replaces: false };
  return { offset: 0, gained: whole, sha256, replaces: true };
}
