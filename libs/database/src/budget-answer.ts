import { budgetCrossing, Fault } from '@lockstep/contracts';
import { readBudgetAnswer } from '@lockstep/domain';
import type { Transaction } from './connection';

/** Carries out what a person answered about a budget; says whether the run is to stop. @throws Fault answer_unclear */
export async function takeBudgetAnswer(
  tx: Transaction,
  { runId, questionId, budget, answer }: { runId: string; questionId: string; budget: unknown; answer: string },
): Promise<'goes on' | 'stops'> {
  const crossing = budgetCrossing.parse(budget);
  const read = readBudgetAnswer(crossing, answer);
  if (read.kind === 'unclear')
    throw new Fault('answer_unclear', `The question ${questionId} is still open. ${read.why}`);
  if (read.kind === 'stop') return 'stops';
  await tx.query('raise-budget', [runId, crossing.scope, crossing.kind, read.to]);
  return 'goes on';
}
