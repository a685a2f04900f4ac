/** The words that make a bracket a marker. */
export const markerNames = [
  'IMPLEMENTATION_STATUS',
  'STEP_COMPLETE',
  'DECISION_NEEDED',
  'IMPLEMENTATION_COMPLETE',
  'PLAN_STEP',
] as const;
export type MarkerName = (typeof markerNames)[number];

export interface Tag {
  readonly name: MarkerName;
  readonly closing: boolean;
  /** `[start, end)` in the text it was found in. */
  readonly start: number;
  readonly end: number;
  /** Lower-case names; null when the text between name and bracket isn't a list of attributes. */
  readonly attributes: Readonly<Record<string, string>> | null;
  /** False when the closing bracket is missing. */
  readonly whole: boolean;
}

const tagStart = () => new RegExp(String.raw`\[(\/?)(${markerNames.join('|')})(?=[\s\]/]|$)`, 'gi');
const attribute = /\s*([A-Za-z][\w-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|“([^”]*)”|([^\s"'\]]+))/y;

function readAttributes(text: string): Record<string, string> | null {
  const entries: [string, string][] = [];
  const rest = text.replace(/\/?\s*$/, '');
  attribute.lastIndex = 0;
  let end = 0;
  for (let match = attribute.exec(rest); match; match = attribute.exec(rest)) {
    entries.push([(match[1] ?? '').toLowerCase(), match[2] ?? match[3] ?? match[4] ?? match[5] ?? '']);
    end = attribute.lastIndex;
  }
  return rest.slice(end).trim() === '' ? Object.fromEntries(entries) : null;
}

/** Longer than any tag that makes sense; bounds the search for a bracket. */
const maxTagLength = 4096;

/** The bracket that ends a tag; brackets within quoted values don't. -1 when there is none. */
function bracketAfter(text: string, from: number): number {
  let quote = '';
  const limit = Math.min(text.length, from + maxTagLength);
  for (let i = from; i < limit; i += 1) {
    const char = text.charAt(i);
    if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === ']') return i;
  }
  return -1;
}

interface Spans {
  readonly spans: readonly (readonly [number, number])[];
  /** Where the first backtick run without a partner stands; Infinity when each has one. */
  readonly unmatched: number;
}

/** For each run, the index of the next one of its length. Read from the end, so that the whole is linear. */
function partnersOf(runs: readonly { start: number; end: number }[]): (number | undefined)[] {
  const next = new Map<number, number>();
  const partners: (number | undefined)[] = [];
  for (let i = runs.length - 1; i >= 0; i -= 1) {
    const run = runs[i];
    if (!run) continue;
    partners[i] = next.get(run.end - run.start);
    next.set(run.end - run.start, i);
  }
  return partners;
}

/** Inline code: a run of backticks up to the next run of the same length. */
function codeSpans(text: string): Spans {
  const runs = [...text.matchAll(/`+/g)].map((run) => ({ start: run.index, end: run.index + run[0].length }));
  const partners = partnersOf(runs);
  const spans: [number, number][] = [];
  let unmatched = Infinity;
  let inside = 0;
  runs.forEach((run, i) => {
    if (run.start < inside) return;
    const partner = runs[partners[i] ?? -1];
    if (partner) spans.push([run.start, (inside = partner.end)]);
    else unmatched = Math.min(unmatched, run.start);
  });
  return { spans, unmatched };
}

function readTag(text: string, match: RegExpExecArray): Tag {
  const head = match.index + match[0].length;
  const base = {
    name: (match[2] ?? '').toUpperCase() as MarkerName,
    closing: match[1] === '/',
    start: match.index,
  };
  const bracket = bracketAfter(text, head);
  if (bracket >= 0)
    return { ...base, end: bracket + 1, attributes: readAttributes(text.slice(head, bracket)), whole: true };
  const anyBracket = text.indexOf(']', head);
  return { ...base, end: anyBracket < 0 ? text.length : anyBracket + 1, attributes: null, whole: false };
}

/**
 * The first marker tag in a line or a part of one, outside inline code.
 * With `complete` false the line may go on: a tag whose reading more text could change is not given yet.
 */
export function findTag(text: string, complete: boolean): Tag | null {
  if (!text.includes('[')) return null;
  const { spans, unmatched } = codeSpans(text);
  const starts = tagStart();
  for (let match = starts.exec(text); match; match = starts.exec(text)) {
    const at = match.index;
    if (text.charAt(at - 1) === '\\' || spans.some(([from, to]) => at >= from && at < to)) continue;
    const tag = readTag(text, match);
    return complete || (tag.whole && unmatched > at) ? tag : null;
  }
  return null;
}
