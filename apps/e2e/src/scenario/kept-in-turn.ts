import { readTranscript, type BlobStore } from '@lockstep/database';
import { waitFor } from '@lockstep/testing';
import type { Stack } from '../stack';
import { linger } from './model';

/** Waits until a snapshot from within the turn holds the call that the agent lingers in, and the files that it wrote before. */
export async function keptInTurn({ database }: Stack, runId: string, blobs: BlobStore): Promise<void> {
  const { prisma } = database;
  const { sessionId } = await prisma.run.findUniqueOrThrow({ where: { id: runId } });
  await waitFor(
    async () => {
      const newest = await prisma.snapshot.findFirst({ where: { runId }, orderBy: { id: 'desc' } });
      const { content } = await readTranscript(database, blobs, { runId, sessionId });
      const told = content.toString('utf8').trimEnd().split('\n').slice(-6).join('\n');
      return newest?.kind === 'turn' && newest.wipSha !== null && told.includes(linger.input.command);
    },
    { what: 'a snapshot from within the turn', timeoutMs: 30_000, everyMs: 50 },
  );
}
