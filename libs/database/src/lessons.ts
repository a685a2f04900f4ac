import type { Lesson } from '@lockstep/contracts';
import type { Database, Transaction } from './connection';
import { storable } from './events';
import type { Prisma } from './generated/client';

export interface LearnedLesson {
  readonly what: string;
  readonly evidence: string | null;
}

export interface NewLessons {
  readonly runId: string;
  readonly stepKey: string;
  readonly round: number;
  readonly commitSha: string | null;
  readonly lessons: readonly LearnedLesson[];
}

/** Keeps what a step taught; empty ones are left out, and told twice is kept once. */
export async function keepLessons(tx: Transaction, { runId, stepKey, round, commitSha, lessons }: NewLessons) {
  const rows = lessons
    .map(({ what, evidence }, position) => ({ position, what: what.trim(), evidence: evidence?.trim() || null }))
    .filter(({ what }) => what !== '');
  if (rows.length > 0)
    await tx.query('insert-lessons', [runId, stepKey, round, commitSha, JSON.stringify(storable(rows))]);
}

const toLesson = (row: Prisma.LessonGetPayload<object>): Lesson => ({
  id: row.id,
  what: row.what,
  evidence: row.evidence,
  runId: row.runId,
  stepKey: row.stepKey,
  round: row.round,
  commitSha: row.commitSha,
  learnedAt: row.learnedAt.toISOString(),
});

export interface LessonQuery {
  readonly teamId: string;
  readonly projectId: string;
  /** The last lesson's id of the page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A project's lessons, newest first. The caller has looked the project up by team. */
export async function listLessons(
  { prisma }: Database,
  { teamId, projectId, cursor, limit }: LessonQuery,
): Promise<{ data: Lesson[]; nextCursor: string | null }> {
  const rows = await prisma.lesson.findMany({
    where: { teamId, projectId },
    orderBy: [{ learnedAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
    ...(cursor ? { cursor: { id: cursor }, skip: 1 } : {}),
  });
  const page = rows.slice(0, limit);
  return { data: page.map(toLesson), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** What an opening prompt may offer: the project's newest lessons, oldest of them first, each with where it comes from. */
export async function recentLessons(
  { prisma }: Database,
  projectId: string,
  limit = 40,
): Promise<(LearnedLesson & { readonly from: string })[]> {
  const rows = await prisma.lesson.findMany({
    where: { projectId },
    orderBy: [{ learnedAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  const runs = await prisma.run.findMany({
    where: { id: { in: [...new Set(rows.map(({ runId }) => runId))] } },
    select: { id: true, plan: { select: { title: true } } },
  });
  const titles = new Map(runs.map(({ id, plan }) => [id, plan.title]));
  return rows.reverse().map(({ what, evidence, runId, stepKey }) => ({
    what,
    evidence,
    from: `${titles.get(runId) ?? 'a run'}, ${stepKey}`,
  }));
}
