import type { PlanProblem } from '@lockstep/contracts';
import { problem } from '../problems';
import { roleOf } from '../sections/names';
import type { Linted } from './lint';
import { placeOf } from './structure';

const authorRoot = ({ plan, reading }: Linted): PlanProblem[] => {
  const root = plan.authorRoot;
  if (root === null) return [];
  const at =
    [root, root.replaceAll('/', '\\')].map((text) => reading.text.indexOf(text)).find((found) => found >= 0) ?? 0;
  return [
    problem(
      'author_root',
      reading.lines.at(at),
      `${root} is read as the project's own folder: paths and commands are relative to the workspace.`,
    ),
  ];
};

/** Text between two steps that no heading introduces. */
const strayText = ({ reading }: Linted): PlanProblem[] => {
  const { spans, pieces, lines } = reading;
  return spans.slice(0, -1).flatMap((span, at) => {
    const next = spans[at + 1]?.start ?? 0;
    const [first] = pieces.filter((piece) => piece.start >= span.end && piece.start < next && piece.type !== 'rule');
    return first && first.type !== 'heading'
      ? [
          problem(
            'outside_steps',
            lines.at(first.start),
            `This text belongs to no step; it stands between ${span.key} and the next.`,
          ),
        ]
      : [];
  });
};

const outsideSteps = ({ reading }: Linted): PlanProblem[] =>
  reading.sections
    .filter(
      (section) =>
        section.depth > 1 && roleOf(section.title) === null && (section.parent === null || section.parent.depth <= 1),
    )
    .map((section) =>
      problem('outside_steps', reading.lines.at(section.start), `"${section.title}" belongs to no step.`),
    );

const verification = ({ plan, reading, shared }: Linted): PlanProblem[] =>
  plan.steps.flatMap((step) => {
    if (shared.has(step.key))
      return [
        problem(
          'verification_shared',
          placeOf(step),
          `Step ${step.key} is checked with the document's own validation commands.`,
        ),
      ];
    if (!reading.inferred.has(step.key)) return [];
    const commands = step.verification.map((each) => `\`${each.command}\``).join(', ');
    return [
      problem(
        'verification_inferred',
        placeOf(step),
        `Step ${step.key} labels no verification; ${commands} is read as it.`,
      ),
    ];
  });

const alternatives = ({ plan }: Linted): PlanProblem[] =>
  plan.steps
    .filter((step) => step.alternativeOf !== null)
    .map((step) =>
      problem(
        'alternative_skipped',
        placeOf(step),
        `Step ${step.key} is another way to do ${step.alternativeOf}; it is not carried out.`,
      ),
    );

/** Which reading was taken where the document leaves it open. */
export const noteRules: readonly ((linted: Linted) => PlanProblem[])[] = [
  authorRoot,
  strayText,
  outsideSteps,
  verification,
  alternatives,
];
