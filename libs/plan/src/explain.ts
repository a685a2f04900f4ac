import type { PlanDocument, PlanStep } from '@lockstep/contracts';
import { linkCriterion, linkText } from './criteria';
import { stepOrder } from './order';

const dialects: Readonly<Record<PlanDocument['dialect'], string>> = {
  plan_step: '[PLAN_STEP] blocks',
  template: 'the older template',
  template_newer: 'the newer template',
  phases: 'phases with steps',
  numbered: 'numbered sections',
  superpowers: 'tasks with file lists',
  ralphex: 'tasks with shared validation commands',
  unknown: 'no known form',
};

const readingOf = (step: PlanStep): string => {
  switch (step.reading) {
    case 'comes_after':
      return `comes after ${step.after.join(', ')}`;
    case 'part_of':
      return `part of ${step.parent ?? '?'}`;
    case 'alternative':
      return `another way to do ${step.alternativeOf ?? '?'}; not carried out`;
    case 'group':
      return 'holds the steps below it';
    default:
      return step.after.length > 0 ? `after ${step.after.join(', ')}` : 'in document order';
  }
};

const firstLine = (text: string): string => {
  const [line = '', ...rest] = text.split('\n');
  return rest.length > 0 ? `${line} …` : line;
};

const list = (name: string, items: readonly string[]): string[] =>
  items.map((item, at) => `${at === 0 ? name.padEnd(9) : ' '.repeat(9)} ${item}`);

const describe = (step: PlanStep, indent: string): string[] => {
  const state = step.status === 'pending' ? '' : ` · ${step.status}`;
  const files = step.files.map((file) => `${file.action} ${file.path}`);
  const checks = step.verification.map((each) => {
    const when = each.before ? ' (before the code, has to fail)' : each.outcome === 'fail' ? ' (has to fail)' : '';
    return `${firstLine(each.command)}${when}${each.optional ? ' (optional)' : ''}`;
  });
  const body = step.leaf ? [...list('files', files), ...list('verify', checks)] : [];
  return [
    `${indent}${step.key}  ${step.title}`,
    `${indent}   ${step.leaf ? step.kind : 'parent'} · line ${step.line} · ${readingOf(step)}${state}`,
    ...body.map((line) => `${indent}   ${line}`),
  ];
};

const depthOf = (plan: PlanDocument, step: PlanStep): number => {
  let depth = 0;
  for (let parent = step.parent; parent !== null && depth < 5; depth += 1)
    parent = plan.steps.find((each) => each.key === parent)?.parent ?? null;
  return depth;
};

/** Each success criterion and checklist item with what would prove it. */
const itemsOf = (plan: PlanDocument): string[] =>
  [...plan.criteria, ...plan.checklist].map((item) => `${item.text}: ${linkText(linkCriterion(item, plan))}`);

/** What was understood, for a person to read before the plan is carried out. Ends with a line break. */
export const explain = (plan: PlanDocument): string => {
  const order = stepOrder(plan).map((step) => step.key);
  const before = plan.prerequisites.map((each) => `${each.title} (${each.commands.length} commands)`);
  const problems = plan.problems.map(
    (each) => `${each.line}:${each.column}  ${each.severity}  ${each.code}  ${each.message}`,
  );
  const lines = [
    plan.title,
    `read as ${dialects[plan.dialect]} · profile ${plan.profile} · ${order.length} steps to carry out`,
    ...(plan.authorRoot === null ? [] : [`${plan.authorRoot} is the workspace`]),
    ...list('before', before),
    '',
    ...plan.steps.flatMap((step) => [...describe(step, '  '.repeat(depthOf(plan, step))), '']),
    `order     ${order.join(' → ')}`,
    ...list('proves', itemsOf(plan)),
    ...list(
      'done',
      plan.doneLooksLike.map((each) => firstLine(each.command)),
    ),
    ...(problems.length > 0 ? ['', ...problems] : []),
  ];
  return `${lines.join('\n')}\n`;
};
