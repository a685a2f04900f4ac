import { isFinal, runMoves } from '@lockstep/domain';
import type { Database } from '@lockstep/database';
import type { Logger } from '@lockstep/runtime';
import { listWorkspaces, removeWorkspace } from '@lockstep/workspace';
import { isUuid } from './retention';

/** Removes the workspaces of runs that have ended, here or elsewhere; everything of theirs is in Postgres. */
export async function pruneWorkspaces(db: Database, root: string, logger: Logger): Promise<void> {
  const folders = await listWorkspaces(root);
  const ids = folders.map(({ runId }) => runId).filter(isUuid);
  if (ids.length === 0) return;
  const known = await db.prisma.run.findMany({ where: { id: { in: ids } }, select: { id: true, status: true } });
  for (const { id, status } of known) {
    if (!isFinal(runMoves, status)) continue;
    await removeWorkspace(root, id);
    logger.info({ runId: id, status }, 'the workspace of an ended run was removed');
  }
}
