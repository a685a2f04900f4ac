import type { PlanDocument, PlanProblem, PlanStep } from '@lockstep/contracts';
import { stepsInCycle } from '../order';
import { problem, type Place } from '../problems';

export interface Checked {
  readonly plan: PlanDocument;
  readonly projectVerify: boolean;
}

export const placeOf = (step: PlanStep): Place => ({ line: step.line, column: 1 });

const duplicates = ({ plan }: Checked): PlanProblem[] => {
  const first = new Map<string, PlanStep>();
  return plan.steps.flatMap((step) => {
    const known = first.get(step.key);
    if (!known) first.set(step.key, step);
    return known
      ? [problem('duplicate_step', placeOf(step), `Step ${step.key} is already at line ${known.line}.`)]
      : [];
  });
};

const dangling = ({ plan }: Checked): PlanProblem[] => {
  const keys = new Set(plan.steps.map((step) => step.key));
  const code = plan.dialect === 'plan_step' ? 'dangling_parent' : 'dangling_dependency';
  return plan.steps.flatMap((step) =>
    [...step.after, ...(step.parent === null ? [] : [step.parent])]
      .filter((key) => !keys.has(key))
      .map((key) =>
        problem(code, placeOf(step), `Step ${step.key} names step "${key}", which is not in the document.`),
      ),
  );
};

const cycles = ({ plan }: Checked): PlanProblem[] => {
  const stuck = stepsInCycle(plan);
  const [first] = stuck;
  if (!first) return [];
  const keys = stuck.map((step) => step.key).join(', ');
  return [problem('cycle', placeOf(first), `These steps wait for each other: ${keys}.`)];
};

const counts = (step: PlanStep): boolean => step.verification.some((each) => !each.optional && !each.before);

/** The last child is checked by its parent's verification too. */
const checkedByParent = (plan: PlanDocument, step: PlanStep): boolean => {
  const parent = plan.steps.find((each) => each.key === step.parent);
  const last = plan.steps.findLast((each) => each.parent === step.parent && each.alternativeOf === null);
  return parent !== undefined && last === step && (counts(parent) || checkedByParent(plan, parent));
};

const unverified = ({ plan, projectVerify }: Checked): PlanProblem[] => {
  if (projectVerify) return [];
  return plan.steps
    .filter((step) => step.leaf && step.status !== 'skipped' && !counts(step) && !checkedByParent(plan, step))
    .map((step) =>
      problem(
        'no_verification',
        placeOf(step),
        `Step ${step.key} ("${step.title}") has no command that shows that it works.`,
      ),
    );
};

const lookedFor =
  '"[PLAN_STEP id=…]" blocks, headings such as "### Step 1: …", "### Task 1: …", "## Phase 1: …" or "### 1.1 …", and bold lines of the same form, outside fenced code';

const noSteps = ({ plan }: Checked): PlanProblem[] =>
  plan.steps.length > 0
    ? []
    : [problem('plan_unparseable', { line: 1, column: 1 }, `No step was found. Looked for: ${lookedFor}.`)];

/** What keeps a plan from being carried out. */
export const structureRules: readonly ((checked: Checked) => PlanProblem[])[] = [
  noSteps,
  duplicates,
  dangling,
  cycles,
  unverified,
];
