import type { ProjectUsage, PruneReason, RetentionKind } from '@lockstep/contracts';
import { projectBudget } from '@lockstep/contracts';
import type { KeptRun, RetentionLimits } from '@lockstep/domain';
import { projectUse } from './budgets';
import type { BlobStore } from './blobs';
import type { Database, Transaction } from './connection';

/** What the database keeps of runs and may let go of. */
export type StoredKind = Exclude<RetentionKind, 'workspaces'>;
export const storedKinds: readonly StoredKind[] = ['output', 'snapshots', 'events'];

/** Rows in one transaction: a removal holds a run's row, and nobody waits for it long. */
const batchRows = 1_000;
/** A snapshot may hold megabytes. */
const batchSnapshots = 50;

/** Whether this process is the one to look for what may go; not before `everyMs` have passed since somebody did. */
export async function claimPruning(db: Database, everyMs: number): Promise<boolean> {
  return (await db.query('claim-pruning', [everyMs])).length > 0;
}

/** The runs of a project of which something is kept. Sizes are 0 where nobody asks for them: measuring reads everything. */
export const keptRuns = (db: Database, kind: StoredKind, projectId: string, withSizes: boolean): Promise<KeptRun[]> =>
  db.query<KeptRun & Record<string, unknown>>('kept-runs', [projectId, kind, withSizes]);

/**
 * Removes what is kept of a run that has ended, a batch a transaction, and notes it. Every transaction begins by looking whether the run
 * is needed again, and then stops; so does `signal`. Bytes outside of Postgres go first: rows that are left by a crash are found again,
 * files without rows are not. Returns the bytes that went.
 */
export async function pruneRun(
  db: Database,
  kind: StoredKind,
  { runId, reason, blobs, signal }: Removal,
): Promise<number> {
  const rows = kind === 'snapshots' ? batchSnapshots : batchRows;
  if (kind === 'snapshots' && (await sealed(db, runId))) await blobs.remove(runId);
  let row: string | null = null;
  let total = 0;
  while (!signal?.aborted) {
    const gone: Gone | null = await db.transaction(async (tx) => {
      if (!(await isPrunable(tx, runId))) return null;
      const [batch] = await tx.query<{ rows: number; bytes: number }>(`prune-${kind}`, [runId, rows]);
      if (!batch || batch.rows === 0) return null;
      return { bytes: batch.bytes, row: await note(tx, { row, runId, kind, bytes: batch.bytes, reason }) };
    });
    if (gone === null) break;
    total += gone.bytes;
    row = gone.row;
  }
  return total;
}

export interface Removal {
  readonly runId: string;
  readonly reason: PruneReason;
  /** Where the bytes of snapshots lie. */
  readonly blobs: BlobStore;
  readonly signal?: AbortSignal | undefined;
}

/** From then on the run cannot go on, so that nobody has to be kept from it while its files are removed, however long that takes. */
const sealed = (db: Database, runId: string): Promise<boolean> =>
  db.transaction(async (tx) => (await isPrunable(tx, runId)) && (await tx.query('seal-snapshots', [runId])).length > 0);

interface Gone {
  readonly bytes: number;
  readonly row: string | null;
}

interface Note {
  readonly row: string | null;
  readonly runId: string;
  readonly kind: RetentionKind;
  readonly bytes: number;
  readonly reason: PruneReason;
}

async function note(tx: Transaction, { row, runId, kind, bytes, reason }: Note): Promise<string | null> {
  const [noted] = await tx.query<{ id: string }>('note-pruning', [row, runId, kind, Math.round(bytes), reason]);
  return noted?.id ?? null;
}

/** Looked at again once the lock is there: a run may have been made to come after this one while it was waited for. */
const isPrunable = async (tx: Transaction, runId: string): Promise<boolean> =>
  (await tx.query('hold-prunable', [runId])).length > 0 && (await tx.query('hold-prunable', [runId])).length > 0;

/**
 * Takes the workspace of an ended run off a disk with `setAside`, which must be quick: the run's row is held meanwhile, so that nobody
 * begins to drive it. False: it is needed again, and stays.
 */
export function pruneWorkspace(
  db: Database,
  { runId, bytes, reason }: { runId: string; bytes: number; reason: PruneReason },
  setAside: () => Promise<void>,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    if (!(await isPrunable(tx, runId))) return false;
    await setAside();
    await note(tx, { row: null, runId, kind: 'workspaces', bytes, reason });
    return true;
  });
}

/** Whose workspaces lie on a disk: of runs that are known, by project, with what the project says. */
export async function runsOfWorkspaces(db: Database, runIds: readonly string[]) {
  const runs = await db.prisma.run.findMany({
    where: { id: { in: [...runIds] } },
    select: { id: true, status: true, finishedAt: true, project: { select: { id: true, settings: true } } },
  });
  return runs.map(({ id, status, finishedAt, project }) => ({
    runId: id,
    status,
    endedAt: finishedAt,
    projectId: project.id,
    settings: project.settings,
  }));
}

/** All projects with what they say; for a pruner. */
export const allProjects = (db: Database) => db.prisma.project.findMany({ select: { id: true, settings: true } });

/** What a project has used of its budget, what is kept of its runs, and what went last. The caller has looked it up by team. */
export async function projectUsageOf(
  db: Database,
  projectId: string,
  { budget, limits }: { budget: unknown; limits: RetentionLimits },
): Promise<ProjectUsage> {
  const said = projectBudget.parse(budget ?? {});
  const stored = async (kind: StoredKind) => {
    const runs = await keptRuns(db, kind, projectId, true);
    return { bytes: runs.reduce((sum, { bytes }) => sum + bytes, 0), limit: limits[kind] };
  };
  const [used, output, snapshots, events, pruned] = await Promise.all([
    projectUse(db, projectId, said.perDays ?? null),
    stored('output'),
    stored('snapshots'),
    stored('events'),
    db.prisma.pruning.findMany({ where: { projectId }, orderBy: { id: 'desc' }, take: 100 }),
  ]);
  return {
    budget: { limits: said, used },
    storage: { output, snapshots, events },
    pruned: pruned.map(({ runId, kind, bytes, reason, prunedAt }) => ({
      ...{ runId, kind, bytes: Number(bytes), reason: reason as PruneReason },
      prunedAt: prunedAt.toISOString(),
    })),
  };
}
