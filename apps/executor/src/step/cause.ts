import { undeliveredAnswers, type StepRow } from '@lockstep/database';
import {
  answersPrompt,
  fixPrompt,
  lessonsPrompt,
  openingPrompt,
  resumePrompt,
  stepPrompt,
  type OpeningFacts,
  type PromptAnswer,
  type PromptFailure,
  type TurnFacts,
} from '@lockstep/markers';
import type { RunContext } from '../run/run-context';
import { tryAgain } from '../run/run-end';
import { lastFailures } from './failures';

/** Why a turn is taken: decides which words the prompt uses. */
export type Cause =
  | { readonly kind: 'step' }
  | { readonly kind: 'resume'; readonly failures: readonly PromptFailure[] }
  | { readonly kind: 'answer'; readonly answers: readonly PromptAnswer[] }
  | { readonly kind: 'fix'; readonly failures: readonly PromptFailure[] }
  | { readonly kind: 'lessons' };

export interface Beginning {
  readonly cause: Cause;
  /** The answers that are told with it, by id. */
  readonly answers: readonly string[];
  /** Somebody answered for this very step: its fix attempts count anew. */
  readonly opensAllowance: boolean;
}

/** What the first turn at a step is about: what people have answered since, what was left half done, or the step itself. */
export async function beginningOf(context: RunContext, row: StepRow): Promise<Beginning> {
  const { db } = context.store;
  const answered = (await undeliveredAnswers(db, context.run.id)).filter(({ stepKey }) => stepKey !== null);
  const own = answered.some(({ stepKey, category }) => stepKey === row.key && category === 'blocker');
  const telling = answered.filter(({ answer }) => answer !== tryAgain);
  const cause: Cause =
    telling.length > 0
      ? { kind: 'answer', answers: telling.map(asPrompt) }
      : row.status === 'pending'
        ? { kind: 'step' }
        : { kind: 'resume', failures: await lastFailures(context, row.key) };
  return { cause, answers: answered.map(({ id }) => id), opensAllowance: own };
}

const asPrompt = (row: { text: string; answer: string | null; answeredBy: string | null }): PromptAnswer => ({
  question: row.text,
  answer: row.answer ?? '',
  by: row.answeredBy ?? '',
});

/** Everything that people have answered for a step: for a session that knows nothing of it. */
export async function allAnswers({ store, run }: RunContext, stepKey: string): Promise<PromptAnswer[]> {
  const rows = await store.db.prisma.question.findMany({
    where: { runId: run.id, stepKey, status: 'answered' },
    orderBy: { answeredAt: 'asc' },
  });
  return rows.filter(({ answer }) => answer !== tryAgain).map(asPrompt);
}

/** The words of a turn within a session that knows the plan. */
export function promptFor(cause: Cause, facts: TurnFacts): string {
  switch (cause.kind) {
    case 'step':
      return stepPrompt(facts);
    case 'resume':
      return resumePrompt(facts, { failures: cause.failures });
    case 'answer':
      return answersPrompt(facts, cause.answers);
    case 'fix':
      return fixPrompt(facts, cause.failures);
    case 'lessons':
      return lessonsPrompt(facts);
  }
}

/** The first words of a session: the plan, and all that a successor has to know of the step. */
export function openingFor(
  cause: Cause,
  facts: TurnFacts,
  { opening, answers }: { opening: OpeningFacts; answers: readonly PromptAnswer[] },
): string {
  if (cause.kind === 'step') return openingPrompt(opening, facts);
  const failures = 'failures' in cause ? cause.failures : [];
  return resumePrompt(facts, { opening, answers, failures });
}
