import { textOf } from './body';
import { readParts } from './parts';
import type { StepSpan } from './span';

const reference =
  /\b(steps?|tasks?|phases?|milestones?|stages?|parts?)\s+((?:\d[\w.]*(?:\s*(?:,|and|&)\s*)?)+)(?:\s*\b(?:of|in)\s+(?:phase|milestone|stage|part)\s+(\w+))?/gi;

interface Reference {
  readonly word: string;
  readonly number: string;
  /** The phase that the text puts the step in. */
  readonly group: string | undefined;
}

const referencesIn = (text: string): Reference[] =>
  [...text.matchAll(reference)].flatMap((match) =>
    [...(match[2] ?? '').matchAll(/\d[\w.]*/g)].map((number) => ({
      word: (match[1] ?? '').toLowerCase().replace(/s$/, ''),
      number: number[0].replace(/\.$/, ''),
      group: match[3],
    })),
  );

/** The key a reference stands for: in the phase it names, in the step's own phase, or in the whole document. */
const keyOf = ({ word, number, group }: Reference, span: StepSpan, keys: ReadonlySet<string>): string => {
  const own = /^(.*)\.[^.]*$/.exec(span.key)?.[1];
  const tried = [
    ...(group === undefined ? [] : [`${group}.${number}`]),
    `${word}-${number}`,
    ...(own === undefined ? [] : [`${own}.${number}`]),
    number,
  ];
  return tried.find((key) => keys.has(key)) ?? number;
};

/** Fills in what "Depends on" labels name; numbers that are no step stay, for the check to find. */
export const resolveDependencies = (spans: readonly StepSpan[]): void => {
  const keys = new Set(spans.map((span) => span.key));
  for (const span of spans) {
    const named = referencesIn(textOf(readParts(span.pieces), 'depends') ?? '').map((each) => keyOf(each, span, keys));
    const after = [...new Set([...span.after, ...named])].filter((key) => key !== span.key);
    if (after.length > span.after.length && span.reading === 'in_order') span.reading = 'comes_after';
    span.after = after;
  }
};
