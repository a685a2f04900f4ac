import type { StepRow } from '@lockstep/database';
import { createMarkerParser, type MarkerEventOf } from '@lockstep/markers';
import type { RunContext } from '../run/run-context';

export type Completion = MarkerEventOf<'step_complete'>;

/**
 * The agent's own account of a step, from the conversation as it is stored: whoever completes the step later has heard none of it.
 * The newest one of the step's round counts; null when there is none.
 */
export async function completionTold(
  { store, run }: RunContext,
  { key, round }: Pick<StepRow, 'key' | 'round'>,
): Promise<Completion | null> {
  const { prisma } = store.db;
  const attempts = await prisma.attempt.findMany({
    where: { runId: run.id, stepKey: key, round },
    select: { number: true },
  });
  const turns = await prisma.turn.findMany({
    where: { runId: run.id, stepKey: key, attempt: { in: attempts.map(({ number }) => number) } },
    orderBy: { number: 'desc' },
    select: { reply: true },
  });
  for (const { reply } of turns) {
    const told = completionIn(reply, key);
    if (told) return told;
  }
  return null;
}

function completionIn(reply: string, key: string): Completion | null {
  const parser = createMarkerParser();
  const told = [...parser.push(reply), ...parser.end()].filter((marker) => marker.type === 'step_complete');
  return told.findLast(({ stepId }) => stepId === key) ?? null;
}

/** What was told when the lessons were asked for, added to what was told before: the second marker may hold nothing else. */
export const withLessons = (before: Completion | null, now: Completion | null): Completion | null =>
  before && now ? { ...before, lessons: now.lessons, summary: before.summary.trim() || now.summary } : (now ?? before);
