import { readAttributes, readTurnHeader, type TurnHeader } from '../messages/turn-header';
import { readParts, type Part } from './markdown';

/** Where the step's text is: in the prompt, or in a file that the model reads with its own tools. */
export type StepSource = { readonly section: string } | { readonly file: string };

/** A prompt of Lockstep's as follow mode reads it. */
export interface FollowPrompt {
  readonly header: TurnHeader;
  readonly source?: StepSource;
  /** The last answer in the prompt. */
  readonly answer?: string;
}

export function readFollowPrompt(prompt: string): FollowPrompt | undefined {
  const header = readTurnHeader(prompt);
  if (!header) return undefined;
  const parts = readParts(prompt);
  const source = header.step === undefined ? undefined : stepSource(parts, header.step);
  const answer = lastAnswer(parts);
  return { header, ...(source ? { source } : {}), ...(answer === undefined ? {} : { answer }) };
}

const isLine = (part: Part | undefined, test: (text: string) => boolean): boolean =>
  part?.kind === 'line' && test(part.text.trim());

const nextFence = (parts: readonly Part[], from: number): string | undefined => {
  const after = parts.slice(from).find((part) => part.kind === 'fence' || part.text.trim() !== '');
  return after?.kind === 'fence' ? after.text : undefined;
};

/** `<step key="3a">` and then the section in a fence; or the fence around both lines; or `<step key="3a" file="…">`. */
function stepSource(parts: readonly Part[], key: string): StepSource | undefined {
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'fence') {
      const inside = withinFence(part.text, key);
      if (inside !== undefined) return { section: inside };
      continue;
    }
    const attributes = stepTag(part.text, key);
    const section = attributes && nextFence(parts, index + 1);
    if (attributes?.file) return { file: attributes.file };
    if (section !== undefined) return { section };
  }
  return undefined;
}

function stepTag(line: string, key: string): Record<string, string | undefined> | undefined {
  const tag = /^\s*<step\b([^>]*)>\s*$/.exec(line);
  const attributes = tag ? readAttributes(tag[1] ?? '') : undefined;
  return attributes?.key === key ? attributes : undefined;
}

function withinFence(text: string, key: string): string | undefined {
  const lines = text.split('\n');
  const end = lines.findLastIndex((line) => line.trim() === '</step>');
  if (end < 0 || !stepTag(lines[0] ?? '', key)) return undefined;
  return lines.slice(1, end).join('\n');
}

/** What stands between `<answer>` and `</answer>`, or in the fence under "The answer of …:". */
function lastAnswer(parts: readonly Part[]): string | undefined {
  const at = parts.findLastIndex(
    (part) => isLine(part, (text) => text === '<answer>') || isLine(part, (text) => /^The answer of .*:$/.test(text)),
  );
  if (at < 0) return undefined;
  const fenced = nextFence(parts, at + 1);
  if (fenced !== undefined) return fenced.trim();
  const end = parts.findIndex((part, index) => index > at && isLine(part, (text) => text === '</answer>'));
  return parts
    .slice(at + 1, end < 0 ? undefined : end)
    .map(({ text }) => text)
    .join('\n')
    .trim();
}
