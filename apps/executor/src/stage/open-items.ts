import type { Criterion } from '@lockstep/contracts';
import type { PersonsWord } from '@lockstep/plan';
import { blockedBy, type RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { answersAbout, commitLine, isSaid, type Answered } from './attested';

/** The answer with which a person gives their word for every item that a question lists. */
export const allHold = 'All of them hold';
export const notYet = 'Not yet';

const numbered = /^\d+\. (.*)$/gm;

/** An item as the question lists it: on one line, so that an answer can be read back item by item. */
export const listed = (text: string): string => text.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim();

export interface Words {
  /** Who gave their word, by the item's text as it is listed. */
  readonly given: ReadonlyMap<string, PersonsWord>;
  /** The newest answer that gave none. */
  readonly refused: Answered | null;
  /** They were asked, which happens only once the final validation has passed. */
  readonly wereAsked: boolean;
}

/** What people said of the items that nothing proves, for this very commit. */
export async function wordsFor(context: RunContext, head: string): Promise<Words> {
  const answers = await answersAbout(context, head, allHold);
  const given = new Map<string, PersonsWord>();
  for (const { question, answer, by, at } of [...answers].reverse())
    if (isSaid(answer, allHold)) for (const [, text = ''] of question.matchAll(numbered)) given.set(text, { by, at });
  const [newest] = answers;
  const refused = newest && !isSaid(newest.answer, allHold) ? newest : null;
  return { given, refused, wereAsked: answers.length > 0 };
}

/** One question for all items that nothing proves: a person says whether they hold. */
export function askAboutItems(open: readonly Criterion[], head: string, { refused }: Words): RunEnd {
  const what = open.length === 1 ? 'one item' : `${open.length} items`;
  const list = open.map(({ text }, index) => `${index + 1}. ${listed(text)}`).join('\n');
  const text = [
    `The final validation passes. Of the success criteria and the checklist, ${what} stayed open, since nothing that was run shows them:`,
    list,
    ...(refused ? [`The last answer, by ${refused.by}:\n${quoted(refused.answer)}`] : []),
    `Look at the branch. Answer "${allHold}", and the results and the closing commit say that they hold on your word. Answer "${notYet}", or what is missing, and you are asked again; for more work, amend the plan, and the run goes on with it.`,
    commitLine(head),
  ].join('\n\n');
  const reason = `${what} of the success criteria and the checklist wait for a person’s word`;
  return blockedBy([{ stepKey: null, attempt: null, text, options: [allHold, notYet] }], reason);
}

const quoted = (answer: string): string =>
  answer
    .trim()
    .slice(0, 2000)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
