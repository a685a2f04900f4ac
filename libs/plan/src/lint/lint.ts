import type { PlanDocument, PlanProblem } from '@lockstep/contracts';
import type { Reading } from '../read';
import { adviceRules } from './advice';
import { noteRules } from './notes';
import { placeholders } from './placeholders';
import { structureRules } from './structure';

export interface Linted {
  readonly plan: PlanDocument;
  readonly reading: Reading;
  /** Steps that were given the document's shared commands. */
  readonly shared: ReadonlySet<string>;
  readonly projectVerify: boolean;
  /** Whether a person is asked about items that name nothing provable. */
  readonly asksAboutCriteria: boolean;
}

const byPlace = (a: PlanProblem, b: PlanProblem): number => a.line - b.line || a.column - b.column;

/** Everything there is to say about a plan, in document order. */
export const lint = (linted: Linted): PlanProblem[] =>
  [
    ...linted.plan.problems,
    ...structureRules.flatMap((rule) => rule(linted)),
    ...adviceRules.flatMap((rule) => rule(linted)),
    ...placeholders(linted.reading),
    ...noteRules.flatMap((rule) => rule(linted)),
  ].sort(byPlace);
