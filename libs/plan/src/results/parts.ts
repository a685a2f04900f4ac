import type { Verdict } from '@lockstep/contracts';
import { code, fenced, inline, prose } from './escape';
import type { CriterionFacts, EvidenceFacts, LessonFacts, QuestionFacts, VerificationFacts } from './facts';
import { duration, tests, unknown } from './words';

const maxNames = 30;
const maxTail = 2000;

/** Blocks with an empty line between them; empty ones are left out. */
export const blocks = (...parts: readonly (string | null | undefined | false)[]): string =>
  parts.filter((part) => typeof part === 'string' && part !== '').join('\n\n');

export const bullets = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

/** A bold label with its items: beside it when there is none or one line, else below it. */
export function labelled(label: string, items: readonly string[], none = 'None'): string {
  return items.length === 0 ? `**${label}**: ${none}` : `**${label}**:\n\n${bullets(items)}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const names = (items: readonly string[]): string[] => [
  ...items.slice(0, maxNames).map(code),
  ...(items.length > maxNames ? [`and ${items.length - maxNames} more`] : []),
];

const passing: readonly Verdict[] = ['passed', 'expected_failure_met', 'flaky'];
export const letsThrough = (item: VerificationFacts): boolean => passing.includes(item.verdict);

export function verificationBlock(item: VerificationFacts): string {
  const facts = [
    `**${item.verdict}**${item.optional ? ' (optional)' : ''}`,
    item.tests ? tests(item.tests) : 'no test figures',
    `exit ${item.exitCode ?? unknown}`,
    duration(item.durationMs),
    `output ${item.outputDigest ? code(item.outputDigest) : unknown}`,
  ];
  const tail = item.outputTail?.slice(-maxTail) ?? '';
  return blocks(
    `${letsThrough(item) ? '✅' : '⚠️'} ${facts.join(' · ')}`,
    fenced(item.command, 'bash'),
    item.expect ? `Expected: ${inline(item.expect)}` : null,
    item.notes.length > 0 && bullets(item.notes.map(inline)),
    item.failing.length > 0 && `Failing:\n\n${bullets(names(item.failing))}`,
    !letsThrough(item) && tail.trim() !== '' && `End of the output:\n\n${fenced(tail, 'text')}`,
  );
}

export const verificationBlocks = (items: readonly VerificationFacts[]): string =>
  blocks(...items.map(verificationBlock));

function evidence(facts: EvidenceFacts): string {
  if (facts.state === 'proved')
    return `proved by ${code(facts.command)}, output ${facts.digest ? code(facts.digest) : unknown}`;
  if (facts.state === 'unproven') return 'unproven';
  const at = facts.at ? ` (${inline(facts.at)})` : '';
  return `attested by ${inline(facts.by)}${at}${facts.note ? `: ${inline(facts.note)}` : ''}`;
}

const met = (item: CriterionFacts): boolean => item.evidence.state !== 'unproven';

/** A checkbox for each, with its evidence, and how many are met. */
export function criteriaBlock(items: readonly CriterionFacts[], all: string): string {
  if (items.length === 0) return 'The plan names none.';
  const line = (item: CriterionFacts): string =>
    `[${met(item) ? 'x' : ' '}] ${inline(item.text)} — ${evidence(item.evidence)}`;
  const done = items.filter(met).length;
  return blocks(
    bullets(items.map(line)),
    done === items.length ? `**${all}** ✅` : `**${done} of ${items.length} met**`,
  );
}

export const lessonLine = (lesson: LessonFacts): string =>
  `${inline(lesson.what)}${lesson.evidence ? ` Evidence: ${inline(lesson.evidence)}` : ''}`;

/** A question with its options and what became of it. */
export function questionBlock(question: QuestionFacts): string {
  const { by, answer, answeredAt, askedAt } = question;
  const asked = askedAt ? ` (asked ${inline(askedAt)})` : '';
  const when = answeredAt ? ` (${inline(answeredAt)})` : '';
  const outcome = answer
    ? `Answer of ${inline(by ?? unknown)}${when}:\n\n${prose(answer)}`
    : `No answer: ${question.status}.`;
  return blocks(
    `Question${question.category === 'blocker' ? ', the run waited for it' : ''}${asked}:`,
    prose(question.text),
    question.options.length > 0 && `Options:\n\n${bullets(question.options.map(inline))}`,
    outcome,
  );
}
