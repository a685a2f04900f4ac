import type { PlanDocument, PlanProblem } from '@lockstep/contracts';
import { problem } from './problems';

export const maxPlanBytes = 1024 * 1024;
export const maxPlanNesting = 100;
/** Headings and markers together; no plan that a person approves has as many. */
export const maxPlanHeadings = 2000;
/** Success criteria and checklist items together; nobody judges as many one by one. */
export const maxPlanItems = 1000;

const start = { line: 1, column: 1 };
const rule = /^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const container = /(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))[ \t]*/y;

/** How deep the containers of one line go: its own markers, and one level for every two columns before the first of them. */
const nestingOf = (line: string): number => {
  const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0;
  let depth = 0;
  container.lastIndex = indent;
  while (container.test(line)) depth += 1;
  return depth === 0 || rule.test(line) ? 0 : depth + Math.floor(indent / 2);
};

const tooDeep = (line: number): PlanProblem =>
  problem(
    'plan_too_deep',
    { line, column: 1 },
    `Lists or quotes are nested more than ${maxPlanNesting} levels deep here.`,
  );

/** What keeps a text from being read at all. Cheap, and done before any parser sees it. */
export const checkLimits = (source: string): PlanProblem | null => {
  const bytes = Buffer.byteLength(source);
  if (bytes > maxPlanBytes)
    return problem('plan_too_large', start, `The plan has ${bytes} bytes; the limit is ${maxPlanBytes}.`);
  const lines = source.split(/\r\n|\n|\r/);
  const deep = lines.findIndex((line) => line.length > maxPlanNesting && nestingOf(line) > maxPlanNesting);
  if (deep >= 0) return tooDeep(deep + 1);
  const headings = lines.filter((line) => /^[ \t]{0,3}#{1,6}[ \t]|\[PLAN_STEP/i.test(line)).length;
  return headings <= maxPlanHeadings
    ? null
    : problem(
        'plan_too_large',
        start,
        `The plan has ${headings} headings and markers; the limit is ${maxPlanHeadings}.`,
      );
};

/** What keeps a plan that was read from being judged item by item. */
export const checkItems = ({
  criteria,
  checklist,
}: Pick<PlanDocument, 'criteria' | 'checklist'>): PlanProblem | null => {
  const count = criteria.length + checklist.length;
  const message = `The plan has ${count} success criteria and checklist items; the limit is ${maxPlanItems}.`;
  return count <= maxPlanItems ? null : problem('plan_too_large', start, message);
};
