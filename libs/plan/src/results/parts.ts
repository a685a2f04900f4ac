import { letsThrough, type CriterionEvidence } from '@lockstep/contracts';
import { code, fenced, inline, prose } from './escape';
import type { CriterionFacts, LessonFacts, QuestionFacts, VerificationFacts } from './facts';
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

const digestOf = (digest: string | null): string => (digest === null ? unknown : code(digest));

/** What the proof is, and never more: who reads it sees what was run, and by what the item and the run hang together. */
function proved({ by, names: linked, proofs }: Extract<CriterionEvidence, { state: 'proved' }>): string {
  if (by === 'whole')
    return `by the final validation as a whole, ${proofs.map(({ digest }) => digestOf(digest)).join(', ')}: nothing of it shows this item alone`;
  const ran = proofs.map(({ command, digest }) => `${code(command ?? unknown)}, output ${digestOf(digest)}`).join('; ');
  const said = linked.map(code).join(', ');
  switch (by) {
    case 'step':
      return `proved by the verification of step ${said}: ${ran}`;
    case 'tests':
      return `proved by the tests ${said}: ${ran}`;
    case 'file':
      return `proved by the verification of the step that declares what it names (${said}): ${ran}`;
    case 'suite':
      return `proved by the tests of the final validation: ${ran}`;
    default:
      return `proved by ${ran}`;
  }
}

function evidence(facts: CriterionEvidence): string {
  if (facts.state === 'proved') return proved(facts);
  if (facts.state === 'unproven') return `unproven${facts.note ? `: ${inline(facts.note)}` : ''}`;
  const at = facts.at ? ` (${inline(facts.at)})` : '';
  return `attested by ${inline(facts.by)}${at}${facts.note ? `: ${inline(facts.note)}` : ''}`;
}

/** How many rest on what: a list that is met throughout is not proved throughout. */
function grounds(items: readonly CriterionFacts[]): string {
  const isWhole = (facts: CriterionEvidence): boolean => facts.state === 'proved' && facts.by === 'whole';
  const amount = (rests: (facts: CriterionEvidence) => boolean): number =>
    items.filter((item) => rests(item.evidence)).length;
  const counted: readonly [number, string][] = [
    [amount((facts) => facts.state === 'proved' && !isWhole(facts)), 'by what they name'],
    [amount(isWhole), 'by the final validation as a whole'],
    [amount((facts) => facts.state === 'attested'), 'on a person’s word'],
  ];
  const said = counted.flatMap(([number, how]) => (number > 0 ? [`${number} ${how}`] : []));
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
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
    `${done === items.length ? `**${all}** ✅` : `**${done} of ${items.length} met**`}${grounds(items)}`,
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
