import type { RunContext } from '../run/run-context';

/** The answer that lets a run be delivered though its final validation does not pass. */
export const completeAsItIs = 'Complete as it is';

/** A person's word for a commit that the clean room refused. */
export interface Attestation {
  readonly by: string;
  /** ISO 8601. */
  readonly at: string | null;
}

/** Names the commit in the question, so that an answer counts for this commit and for none that comes after it. */
export const commitLine = (head: string): string => `Commit: ${head}`;

/** Whether somebody said that this very commit is to be delivered as it is. The newest answer about it counts. */
export async function attestationOf({ store, run }: RunContext, head: string): Promise<Attestation | null> {
  const row = await store.db.prisma.question.findFirst({
    where: {
      ...{ runId: run.id, stepKey: null, status: 'answered', options: { has: completeAsItIs } },
      text: { contains: commitLine(head) },
    },
    orderBy: { answeredAt: 'desc' },
  });
  if (!row || !saysSo(row.answer ?? '')) return null;
  return { by: row.answeredBy ?? 'a person', at: row.answeredAt?.toISOString() ?? null };
}

const saysSo = (answer: string): boolean =>
  answer
    .trim()
    .replace(/[.!]+$/, '')
    .toLowerCase() === completeAsItIs.toLowerCase();
