import type { Database, Transaction } from './connection';

/** What is needed to go on elsewhere. Commits come as bundles, one per step; only the newest work in progress counts. */
export interface KeptSnapshot {
  readonly kind: 'step' | 'park' | 'turn';
  /** The bundle holds `fromSha..headSha`; null when they are equal. */
  readonly fromSha: string;
  readonly headSha: string;
  readonly bundle: Buffer | null;
  readonly wipSha: string | null;
  readonly wipBundle: Buffer | null;
}

export async function keepSnapshot(tx: Transaction, runId: string, snapshot: KeptSnapshot): Promise<void> {
  const { kind, fromSha, headSha, bundle, wipSha, wipBundle } = snapshot;
  const [row] = await tx.query<{ id: string }>('keep-snapshot', [
    runId,
    kind,
    fromSha,
    headSha,
    bundle,
    wipSha,
    wipBundle,
  ]);
  if (row) await tx.query('drop-old-wip', [runId, row.id]);
}

/** A run's snapshots, oldest first. */
export async function readSnapshots(db: Database, runId: string): Promise<KeptSnapshot[]> {
  const rows = await db.prisma.snapshot.findMany({ where: { runId }, orderBy: { id: 'asc' } });
  return rows.map(({ kind, fromSha, headSha, bundle, wipSha, wipBundle }) => ({
    kind,
    fromSha,
    headSha,
    bundle: bundle === null ? null : Buffer.from(bundle),
    wipSha,
    wipBundle: wipBundle === null ? null : Buffer.from(wipBundle),
  }));
}

export interface TranscriptDelta {
  readonly sessionId: string;
  /** In bytes. */
  readonly offset: number;
  readonly content: Buffer;
}

export const keepTranscript = async (tx: Transaction, runId: string, delta: TranscriptDelta): Promise<void> => {
  if (delta.content.length > 0)
    await tx.query('append-transcript', [runId, delta.sessionId, delta.offset, delta.content]);
};

/** The session's transcript as far as it is kept. */
export async function readTranscript(db: Database, runId: string, sessionId: string): Promise<Buffer> {
  const rows = await db.prisma.transcriptChunk.findMany({
    where: { runId, sessionId },
    orderBy: { byteOffset: 'asc' },
  });
  return Buffer.concat(rows.map(({ content }) => Buffer.from(content)));
}

/** Where the kept transcript of a session ends, in bytes. */
export async function transcriptEnd(db: Database, runId: string, sessionId: string): Promise<number> {
  const [row] = await db.query<{ byte_offset: string }>('transcript-end', [runId, sessionId]);
  return Number(row?.byte_offset ?? 0);
}
