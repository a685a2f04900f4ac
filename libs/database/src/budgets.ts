import {
  budgetLimits,
  projectBudget,
  type BudgetCrossing,
  type BudgetScope,
  type BudgetUse,
} from '@lockstep/contracts';
import { budgetCrossed, budgetQuestion, raisedLimits, type Limits } from '@lockstep/domain';
import { askQuestion } from './driving';
import type { Database, Transaction } from './connection';
import { appendRunEvents } from './events';
import { questionData } from './question-data';
import type { QuestionRow } from './rows';

/**
 * Budgets are looked at by the holder of the lease, in the transaction that would open the next attempt: what the run has used cannot
 * change meanwhile. What other runs of its project use can; each of them asks for itself, once, when its own turn comes.
 */
interface LimitsRow extends Record<string, unknown> {
  readonly project_id: string;
  readonly run: unknown;
  readonly project: unknown;
  readonly raised: Partial<Record<BudgetScope, Limits>>;
}

type Reader = Pick<Transaction, 'query'>;

const isLimited = (limits: Limits): boolean => Object.values(limits).some((limit) => limit !== null);

/** The budgets that leave no room for another attempt of a run; none where nothing is limited. */
export async function crossedBudgets(tx: Reader, runId: string): Promise<BudgetCrossing[]> {
  const [row] = await tx.query<LimitsRow>('budget-limits', [runId]);
  if (!row) return [];
  const own = raisedLimits(budgetLimits.partial().parse(row.run ?? {}), row.raised.run ?? {});
  const { perDays = null, ...said } = projectBudget.parse(row.project ?? {});
  const shared = raisedLimits(said, row.raised.project ?? {});
  return [
    ...(isLimited(own) ? budgetCrossed(own, await useOf(tx, 'run-use', [runId]), { scope: 'run' }) : []),
    ...(isLimited(shared)
      ? budgetCrossed(shared, await useOf(tx, 'project-use', [row.project_id, perDays]), { scope: 'project', perDays })
      : []),
  ];
}

async function useOf(tx: Reader, statement: 'run-use' | 'project-use', values: unknown[]): Promise<BudgetUse> {
  const [use] = await tx.query<BudgetUse & Record<string, unknown>>(statement, values);
  if (!use) throw new Error(`nothing is known of what ${String(values[0])} has used`);
  return use;
}

/** What a project's runs have used, within the last `days` or ever. */
export const projectUse = (db: Database, projectId: string, days: number | null): Promise<BudgetUse> =>
  useOf(db, 'project-use', [projectId, days]);

/** A question for each budget, in the place of those that are open already. */
export async function askAboutBudgets(
  tx: Transaction,
  runId: string,
  crossed: readonly BudgetCrossing[],
): Promise<void> {
  const earlier = await tx.query<QuestionRow>('withdraw-budget-questions', [runId]);
  await appendRunEvents(
    tx,
    runId,
    earlier.map((row) => ({ type: 'question.withdrawn', data: questionData(row) })),
  );
  for (const budget of crossed)
    await askQuestion(tx, {
      ...{ runId, stepKey: null, attempt: null, category: 'blocker', budget },
      ...budgetQuestion(budget),
    });
}
