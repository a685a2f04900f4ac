import type { Database } from './connection';
import type { Prisma } from './generated/client';
import { readVerifications, type VerificationRow } from './verifications';

/** Everything that the database knows of a run's work, in order: what a results document is made from. */
export interface RunRecords {
  readonly run: Prisma.RunGetPayload<{ include: { plan: { select: { version: true } } } }>;
  readonly steps: readonly Prisma.StepGetPayload<object>[];
  readonly attempts: readonly Prisma.AttemptGetPayload<object>[];
  readonly verifications: readonly VerificationRow[];
  readonly questions: readonly Prisma.QuestionGetPayload<object>[];
  readonly lessons: readonly Prisma.LessonGetPayload<object>[];
  /** Every commit that completed a step, in order; those of earlier rounds too. */
  readonly commits: readonly StepCommit[];
  readonly turns: readonly Prisma.TurnGetPayload<object>[];
}

export interface StepCommit {
  readonly stepKey: string;
  readonly sha: string;
}

export async function readRunRecords(db: Database, runId: string): Promise<RunRecords> {
  const { prisma } = db;
  const [run, steps, attempts, verifications, questions, lessons, turns, completions] = await Promise.all([
    prisma.run.findUniqueOrThrow({ where: { id: runId }, include: { plan: { select: { version: true } } } }),
    prisma.step.findMany({ where: { runId }, orderBy: { position: 'asc' } }),
    prisma.attempt.findMany({ where: { runId }, orderBy: [{ stepKey: 'asc' }, { number: 'asc' }] }),
    readVerifications(db, { runId }),
    prisma.question.findMany({ where: { runId }, orderBy: { askedAt: 'asc' } }),
    prisma.lesson.findMany({ where: { runId }, orderBy: [{ learnedAt: 'asc' }, { position: 'asc' }] }),
    prisma.turn.findMany({ where: { runId }, orderBy: { number: 'asc' } }),
    prisma.event.findMany({
      where: { streamId: runId, type: 'step.completed' },
      orderBy: { seq: 'asc' },
      select: { data: true },
    }),
  ]);
  const commits = completions.flatMap(({ data }) => {
    const { stepId, commitSha } = data as { stepId: string; commitSha?: string };
    return commitSha === undefined ? [] : [{ stepKey: stepId, sha: commitSha }];
  });
  return { run, steps, attempts, verifications, questions, lessons, commits, turns };
}
