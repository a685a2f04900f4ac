import type { PlanCommand, PlanDocument, PlanStep } from '@lockstep/contracts';

type Steps = readonly PlanStep[];

/** Line ends, and what separates a step from whatever follows it, are no part of what it says. */
const bare = (section: string): string => {
  const lines = section.replace(/\r\n/g, '\n').trim().split('\n');
  while (lines.length > 0 && /^\s*(?:[-*_]{3,}\s*)?$/.test(lines.at(-1) ?? '')) lines.pop();
  return lines.join('\n');
};

const said = ({ command, expect, outcome, before, optional }: PlanCommand) => [
  command,
  expect,
  outcome,
  before,
  optional,
];

/**
 * What each step says, as one text that is equal exactly when the step is: its own section, what verifies it, whether it has parts, and
 * the same of everything that it is a part of, because a parent's text goes before each child's prompt.
 */
export function textsOf({ steps }: Pick<PlanDocument, 'steps'>): Map<string, string> {
  const own = (step: PlanStep): unknown => [bare(step.section), step.verification.map(said)];
  return new Map(steps.map((step) => [step.key, JSON.stringify([step.leaf, ...lineage(steps, step).map(own)])]));
}

/** A step and everything above it, innermost first. */
export function lineage(steps: Steps, step: PlanStep): PlanStep[] {
  const line: PlanStep[] = [];
  for (let at: PlanStep | undefined = step; at && !line.includes(at);) {
    line.push(at);
    const { parent }: PlanStep = at;
    at = parent === null ? undefined : steps.find(({ key }) => key === parent);
  }
  return line;
}

/** What is run before the first step, as one text: prerequisites, baseline, and what verifies steps that were done before. */
export const groundOf = ({ prerequisites, steps }: Pick<PlanDocument, 'prerequisites' | 'steps'>): string =>
  JSON.stringify([
    prerequisites.map(({ setup, verification, baseline }) => [
      setup.map(said),
      verification.map(said),
      baseline.map(said),
    ]),
    steps
      .filter(({ leaf, status }) => leaf && status === 'completed')
      .map(({ verification }) => verification.map(said)),
  ]);

/** Whether a step says the same in both versions of a plan; false where one of them doesn't have it. */
export function isSameStep(a: Pick<PlanDocument, 'steps'>, b: Pick<PlanDocument, 'steps'>, key: string): boolean {
  const text = textsOf(a).get(key);
  return text !== undefined && text === textsOf(b).get(key);
}
