import { stepFence, type Fence } from './fence';

/** A body's lines, each with whether it is fenced code: code is text, never a key and never a list item. */
interface Line {
  readonly text: string;
  readonly code: boolean;
}

export interface Fields {
  /** Text before the first key. */
  readonly lead: string;
  /** Keys in lower case with `_` between words; a repeated key joins its texts. */
  readonly keys: ReadonlyMap<string, string>;
}

const keyLine = /^\s{0,3}(?:\*\*|__)?([A-Za-z][A-Za-z0-9 _&-]{0,39}?)(?:\*\*|__)?[ \t]*:(?:\*\*|__)?(?:[ \t]+([^]*))?$/;
const bullet = /^\s*(?:[-*+]|\d{1,3}[.)])\s+([^]*)$/;

export function linesOf(body: string): Line[] {
  let fence: Fence | null = null;
  return body.split('\n').map((text) => {
    const step = stepFence(fence, text);
    fence = step.fence;
    return { text, code: step.code };
  });
}

export const normaliseKey = (key: string): string =>
  key
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

/** Reads `Key: text` lines; a line that has no key goes on with the key above it. `kept` names keys that are text too. */
export function readFields(body: string, kept: (key: string, current: string | null) => boolean = () => false): Fields {
  const lead: string[] = [];
  const parts = new Map<string, string[]>();
  let current: string | null = null;
  for (const { text, code } of linesOf(body)) {
    const match = code ? null : keyLine.exec(text);
    const key = match ? normaliseKey(match[1] ?? '') : null;
    if (match && key !== null && !kept(key, current)) {
      current = key;
      const texts = parts.get(key) ?? [];
      texts.push(match[2] ?? '');
      parts.set(key, texts);
    } else {
      (current === null ? lead : (parts.get(current) ?? lead)).push(text);
    }
  }
  return {
    lead: lead.join('\n').trim(),
    keys: new Map([...parts].map(([name, texts]) => [name, texts.join('\n').trim()])),
  };
}

const isNothing = (text: string): boolean => /^(?:none|n\/?a|nothing|[-–—])\.?$/i.test(text.trim());

/** The items of a bulleted text, continuation lines joined; a text without bullets is one item. "None" is no item. */
export function readItems(text: string): string[] {
  const items: string[][] = [[]];
  for (const line of text.split('\n')) {
    const match = bullet.exec(line);
    if (match) items.push([]);
    const words = (match?.[1] ?? line).trim();
    if (words) items.at(-1)?.push(words);
  }
  return items.map((lines) => lines.join(' ')).filter((item) => item !== '' && !isNothing(item));
}

const maxNameLength = 1024;
const bareName = (name: string): string =>
  name
    .trim()
    .slice(0, maxNameLength)
    .replace(/^[`*]+|[`*]+$/g, '');

/** `a.ts, b.ts`, a bulleted list of names, or a count. */
export function readFiles(text: string | undefined): { files: string[]; count?: number } {
  if (text === undefined) return { files: [] };
  if (/^\d{1,9}(?:\s+files?)?$/i.test(text.trim())) return { files: [], count: Number.parseInt(text, 10) };
  const names = text.split('\n').flatMap((line) => (bullet.exec(line)?.[1] ?? line).split(','));
  return { files: names.map(bareName).filter((name) => name !== '' && !isNothing(name)) };
}

/** The text without its list of options, and the options: the last run of bullets outside code. */
export function splitOptions(body: string): { text: string; options: string[] } {
  const lines = linesOf(body);
  const isItem = (line: Line | undefined): boolean => line !== undefined && !line.code && bullet.test(line.text);
  const last = lines.findLastIndex(isItem);
  if (last < 0) return { text: body.trim(), options: [] };
  const follows = (line: Line | undefined) =>
    isItem(line) || (line !== undefined && !line.code && /^\s+\S/.test(line.text));
  let first = last;
  while (first > 0 && follows(lines[first - 1])) first -= 1;
  while (!isItem(lines[first])) first += 1;
  let end = last + 1;
  while (end < lines.length && !isItem(lines[end]) && follows(lines[end])) end += 1;
  const options = readItems(joined(lines.slice(first, end)));
  const isChoice = options.length > 1 || /^option\b|\(recommended\)/i.test(options[0] ?? '');
  if (!isChoice) return { text: body.trim(), options: [] };
  return { text: joined([...lines.slice(0, first), ...lines.slice(end)]).trim(), options };
}

const joined = (lines: readonly Line[]): string => lines.map((line) => line.text).join('\n');
