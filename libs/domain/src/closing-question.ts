/** Longest question, in characters, that is taken from the end of a reply. */
const maxQuestionLength = 4000;

/**
 * The question that a reply ends with, or null. Headless agents ask in plain text and end their turn successfully
 * (claude-code #48515), so a last paragraph that ends in a question mark counts as asked.
 */
export function closingQuestion(reply: string): string | null {
  const paragraphs = reply
    .trimEnd()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
  const last = paragraphs.at(-1);
  if (last === undefined || last.startsWith('```') || !/\?["'”’)*_]*$/.test(last)) return null;
  return last.slice(-maxQuestionLength);
}
