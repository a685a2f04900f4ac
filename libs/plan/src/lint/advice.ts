import { basename } from 'node:path/posix';
import type { PlanProblem, PlanStep } from '@lockstep/contracts';
import { absoluteOutside } from '../author-root';
import { linkCriterion } from '../criteria';
import { problem } from '../problems';
import { markOf } from '../steps/status';
import type { Linted } from './lint';
import { placeOf } from './structure';

/** Minutes from which a step is certainly no half hour any more. */
const tooLong = 60;

const hours = (complexity: string | null): boolean => /\d\s*(?:h\b|hours?|hrs?|days?|weeks?)/i.test(complexity ?? '');

const tooLarge = ({ plan }: Linted): PlanProblem[] =>
  plan.steps
    .filter((step) => step.leaf && (step.estimateMinutes > tooLong || hours(step.complexity)))
    .map((step) =>
      problem(
        'step_too_large',
        placeOf(step),
        `Step ${step.key} looks like more than half an hour (${hours(step.complexity) ? step.complexity : `about ${step.estimateMinutes} minutes`}).`,
      ),
    );

const writesOnlyTests = (step: PlanStep): boolean =>
  /^(?:write|add|create|implement)\b.*\btests?\b(?!.*\band\b)|^(?:unit |integration )?tests?(?: suite)?$/i.test(
    step.title,
  ) && !step.declares.code;

const separated = ({ plan }: Linted): PlanProblem[] =>
  plan.steps
    .filter(
      (step, at) =>
        step.leaf &&
        writesOnlyTests(step) &&
        plan.steps.slice(0, at).some((each) => each.leaf && each.declares.code && !each.declares.tests),
    )
    .map((step) =>
      problem('tests_separated', placeOf(step), `Step ${step.key} only writes tests, for code of an earlier step.`),
    );

const statusMarks = ({ plan, reading }: Linted): PlanProblem[] => {
  if (plan.dialect === 'plan_step') return [];
  return plan.steps.flatMap((step, at) => {
    const done = step.tasks.filter((task) => task.done).length;
    const marked = markOf(reading.spans[at]?.heading ?? '') !== null || (step.status !== 'pending' && done === 0);
    if (!marked && done === 0) return [];
    const what = marked ? 'a status mark' : `${done} ticked ${done === 1 ? 'box' : 'boxes'}`;
    return [
      problem(
        'status_in_plan',
        placeOf(step),
        `Step ${step.key} carries ${what} in the plan; it is read as ${step.status}.`,
      ),
    ];
  });
};

const affectedTests = ({ plan, reading }: Linted): PlanProblem[] => {
  const template = plan.dialect === 'template' || plan.dialect === 'template_newer';
  if (!template || plan.affectedTests.length > 0) return [];
  const place = reading.lines.at(reading.sections.find((section) => /prerequisites/i.test(section.title))?.start ?? 0);
  return [
    problem(
      'no_affected_tests',
      place,
      'The plan names no affected tests, so nothing shows that what worked still works.',
    ),
  ];
};

const mentions = (step: PlanStep, path: string): boolean =>
  step.section.includes(path) || step.section.includes(basename(path));

const unreferenced = ({ plan }: Linted): PlanProblem[] =>
  plan.files
    .filter((file) => plan.steps.length > 0 && !plan.steps.some((step) => mentions(step, file.path)))
    .map((file) => problem('unreferenced_file', { line: file.line, column: 1 }, `No step names ${file.path}.`));

const emptySteps = ({ plan, reading }: Linted): PlanProblem[] =>
  plan.steps.flatMap((step, at) =>
    step.leaf && (reading.spans[at]?.pieces.length ?? 0) === 0 && step.title === step.key
      ? [problem('empty_step', placeOf(step), `Step ${step.key} says nothing.`)]
      : [],
  );

const outside = ({ plan }: Linted): PlanProblem[] =>
  plan.steps.flatMap((step) =>
    step.files
      .filter((file) => absoluteOutside(file.path))
      .map((file) => problem('outside_path', { line: file.line, column: 1 }, `${file.path} is outside the project.`)),
  );

const unprovable = ({ plan, asksAboutCriteria }: Linted): PlanProblem[] =>
  asksAboutCriteria
    ? [...plan.criteria, ...plan.checklist]
        .filter((item) => linkCriterion(item, plan).kind === 'none')
        .map((item) =>
          problem(
            'criterion_unprovable',
            { line: item.line, column: 1 },
            `Nothing that can be run shows "${item.text}".`,
          ),
        )
    : [];

const fences = ({ reading }: Linted): PlanProblem[] =>
  reading.pieces.flatMap((piece) =>
    piece.type === 'code' && !piece.closed
      ? [problem('unclosed_fence', reading.lines.at(piece.start), 'This code fence is not closed.')]
      : [],
  );

/** What the author may want to change; none of it keeps the plan from being carried out. */
export const adviceRules: readonly ((linted: Linted) => PlanProblem[])[] = [
  tooLarge,
  separated,
  statusMarks,
  affectedTests,
  unreferenced,
  emptySteps,
  outside,
  unprovable,
  fences,
];
