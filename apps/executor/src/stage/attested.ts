import type { PersonsWord } from '@lockstep/plan';
import type { RunContext } from '../run/run-context';

/** The answer that lets a run be delivered though its final validation does not pass. */
export const completeAsItIs = 'Complete as it is';

/** A person's word for a commit that the clean room refused. */
export type Attestation = PersonsWord;

/** Names the commit in the question, so that an answer counts for this commit and for none that comes after it. */
export const commitLine = (head: string): string => `Commit: ${head}`;

export interface Answered extends PersonsWord {
  readonly question: string;
  readonly answer: string;
}

/** What people answered about this very commit where they had this option, newest first. */
export async function answersAbout({ store, run }: RunContext, head: string, option: string): Promise<Answered[]> {
  const rows = await store.db.prisma.question.findMany({
    where: {
      ...{ runId: run.id, stepKey: null, status: 'answered', options: { has: option } },
      text: { contains: commitLine(head) },
    },
    orderBy: { answeredAt: 'desc' },
  });
  return rows.map(({ text, answer, answeredBy, answeredAt }) => ({
    question: text,
    answer: answer ?? '',
    by: answeredBy ?? 'a person',
    at: answeredAt?.toISOString() ?? null,
  }));
}

/** Whether somebody said that this very commit is to be delivered as it is. The newest answer about it counts. */
export async function attestationOf(context: RunContext, head: string): Promise<Attestation | null> {
  const [newest] = await answersAbout(context, head, completeAsItIs);
  return newest && isSaid(newest.answer, completeAsItIs) ? { by: newest.by, at: newest.at } : null;
}

/** An option as people type it. */
export const isSaid = (answer: string, option: string): boolean =>
  answer
    .trim()
    .replace(/[.!]+$/, '')
    .toLowerCase() === option.toLowerCase();
