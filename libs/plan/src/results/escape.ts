/**
 * Facts come from plans, agents, people and test output. What they contain must not become a heading, a table row, a link or
 * HTML of the results document, so every text goes through one of these on its way in.
 */

// C0 and C1 controls, direction overrides and zero-width marks: invisible, and able to change what a reader sees.
const invisible =
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

const oneLine = (text: string): string =>
  text
    .replace(/[\s\u0085]+/g, ' ')
    .replace(invisible, '')
    .trim();

const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);

function escapePlain(text: string): string {
  return text.replace(/[\\`*[\]<>|~&]/g, '\\$&').replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_');
}

/** Punctuation that would begin a block if it stood first on a line. */
const escapeStart = (text: string): string =>
  text.replace(/^(?:[#+=-]|\d{1,9}(?=[.)]))/, (mark) => (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`));

/** Splits at inline code: pairs of backtick runs of the same length. Odd places hold code. */
function atCode(text: string): string[] {
  const parts = text.split(/(`+)/);
  const out: string[] = [];
  let plain = '';
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i] ?? '';
    const partner = i % 2 === 1 ? nearbyPartner(parts, i) : -1;
    if (partner < 0) plain += part;
    else {
      out.push(plain, parts.slice(i, partner + 1).join(''));
      plain = '';
      i = partner;
    }
  }
  return [...out, plain];
}

/** Looks a few runs ahead only, which keeps a text of nothing but backticks linear. */
function nearbyPartner(parts: readonly string[], at: number): number {
  const until = Math.min(parts.length, at + 32);
  for (let i = at + 2; i < until; i += 2) if (parts[i] === parts[at]) return i;
  return -1;
}

/** One line of text that keeps its inline code and nothing else of its markdown. */
export function inline(text: string): string {
  const line = atCode(oneLine(text))
    .map((part, i) => (i % 2 === 1 ? part : escapePlain(part)))
    .join('');
  return escapeStart(line);
}

/** As `inline`, for a table's cell. */
export const cell = (text: string): string =>
  atCode(oneLine(text))
    .map((part, i) => (i % 2 === 1 && canBeCode(part) ? escapeBars(part) : escapePlain(part)))
    .join('') || '—';

const escapeBars = (text: string): string => text.replaceAll('|', '\\|');

/** In a table even code is split at a bar unless a backslash stands before it, and a backslash of the code's own can't be told from that. */
const canBeCode = (text: string): boolean => !text.includes('\\|');

/** A name or a short command as inline code. */
export function code(text: string): string {
  const line = oneLine(text);
  if (line === '') return '—';
  const ticks = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

export const codeCell = (text: string): string =>
  canBeCode(text) ? escapeBars(code(text)) : escapePlain(oneLine(text));

/** Untrusted text in full, in a fence longer than any that it contains. */
export function fenced(text: string, info: string): string {
  const body = text.replace(/\r\n?/g, '\n').replace(invisible, '').replace(/\n$/, '');
  const ticks = '`'.repeat(Math.max(3, longestRun(body) + 1));
  return `${ticks}${info}\n${body}\n${ticks}`;
}

const bullet = /^\s*[-*+•]\s+(.*)$/s;

/** Text of several lines: its paragraphs and bullets are kept, any other structure shows as written. */
export function prose(text: string): string {
  const out: string[] = [];
  let last: 'blank' | 'bullet' | 'line' = 'blank';
  for (const line of text.split(/\r\n?|[\n\u2028\u2029\u0085\v\f]/)) {
    const item = bullet.exec(line);
    const words = inline(item?.[1] ?? line);
    const kind = words === '' ? 'blank' : item ? 'bullet' : 'line';
    if (out.length > 0 && kind !== 'blank' && kind !== last) out.push('');
    if (kind !== 'blank') out.push(item ? `- ${words}` : words);
    last = kind;
  }
  return out.join('\n');
}
