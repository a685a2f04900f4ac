/**
 * Longest prompt, in bytes of its JSON string: a prompt travels as one line of JSON on stdin, and `claude` has cut such lines
 * at about 146 KB.
 */
export const maxPromptBytes = 100 * 1024;

export const promptBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text), 'utf8');

/** Length of the longest run of backticks. */
const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);

/** The text, unaltered, in a fence longer than any that it contains. */
export function fence(text: string, info: string, atLeast = 3): string {
  const ticks = '`'.repeat(Math.max(atLeast, longestRun(text) + 1));
  return `${ticks}${info}\n${text}${text.endsWith('\n') ? '' : '\n'}${ticks}`;
}

export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A name as inline code, on one line whatever it contains. */
export function code(text: string): string {
  const line = oneLine(text);
  const ticks = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

export const clipHead = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max)}… (${text.length - max} more characters)`;

export const clipTail = (text: string, max: number): string =>
  text.length <= max ? text : `(${text.length - max} characters before) …${text.slice(-max)}`;

/** Blocks with an empty line between them; empty ones are left out. */
export const blocks = (...parts: readonly (string | null | undefined)[]): string =>
  parts.filter((part) => part !== null && part !== undefined && part !== '').join('\n\n');

export const bullets = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

/** An attribute's value: keys come from plan documents, and a quote or a bracket must not end the tag. */
export const attribute = (value: string): string => oneLine(value).replace(/["<>[\]]/g, '');
