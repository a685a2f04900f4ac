import type { PlanProblem } from '@lockstep/contracts';
import type { Piece } from '../markdown/pieces';
import { plain } from '../markdown/text';
import { Lines, problem } from '../problems';
import type { StepSpan } from './span';
import { namedStatus } from './status';

/** A `[PLAN_STEP …]` or `[/PLAN_STEP]` that stands in the text, not in fenced code. */
interface Marker {
  readonly open: boolean;
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string>>;
}

const fence = /^[ \t>]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?(`{3,}|~{3,})([^\r\n]*)/;
const marker = /\[(\/?)PLAN_STEP\b((?:"[^"\r\n]*"|'[^'\r\n]*'|[^\]"'\r\n])*)\]/gi;
const attribute = /([A-Za-z_][\w-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'\]]+))/g;

const attributesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(attribute)].map((match) => [
      (match[1] ?? '').toLowerCase(),
      match[2] ?? match[3] ?? match[4] ?? '',
    ]),
  );

/** A marker counts at the head of a line; a closing one also at its end. */
const counts = (line: string, at: number, length: number, open: boolean): boolean =>
  /^[\s>#*-]*(?:\[PLAN_STEP[^\n]*\])?[\s*]*$/i.test(line.slice(0, at)) ||
  (!open && line.slice(at + length).trim() === '' && !line.includes('`'));

const markersIn = (line: string, offset: number): Marker[] =>
  [...line.matchAll(marker)].flatMap((match): Marker[] => {
    const open = match[1] === '';
    if (!counts(line, match.index, match[0].length, open)) return [];
    const start = offset + match.index;
    return [{ open, start, end: start + match[0].length, attributes: attributesOf(match[2] ?? '') }];
  });

const closes = (line: string, opened: string): boolean => {
  const found = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/.exec(line.trimEnd())?.[1] ?? '';
  return found.startsWith(opened);
};

export const findMarkers = (source: string): Marker[] => {
  const found: Marker[] = [];
  let opened: string | null = null;
  let offset = 0;
  for (const raw of source.split(/(?<=\r\n|\n|\r(?!\n))/)) {
    const line = raw.slice(0, 4000);
    const mark = fence.exec(line);
    if (opened !== null) opened = closes(line, opened) ? null : opened;
    else if (mark && !(mark[1]?.startsWith('`') && mark[2]?.includes('`'))) opened = mark[1] ?? null;
    else found.push(...markersIn(line, offset));
    offset += raw.length;
  }
  return found;
};

/** The text with its markers blanked out, every offset kept, so that Markdown doesn't see them. */
export const blankMarkers = (source: string, markers: readonly Marker[]): string => {
  let text = '';
  let at = 0;
  for (const { start, end } of markers) {
    const alone = /^[ \t]*(?:\r|\n|$)/.test(source.slice(end, end + 200));
    text += source.slice(at, start) + (alone ? ' ' : '\u00a0').repeat(end - start);
    at = end;
  }
  return text + source.slice(at);
};

interface Pair {
  readonly open: Marker;
  /** Where the text between the markers ends. */
  readonly bodyEnd: number;
  readonly end: number;
}

export interface MarkedSteps {
  readonly spans: StepSpan[];
  readonly problems: PlanProblem[];
}

/** Where a section begins after a marker; a heading right below it is the step's own title. */
const headingAfter = (pieces: readonly Piece[], from: number, to: number): number => {
  const below = pieces.filter((piece) => piece.start >= from && piece.start < to);
  return below.slice(1).find((piece) => piece.type === 'heading' && piece.depth <= 2)?.start ?? to;
};

const pairUp = (
  markers: readonly Marker[],
  pieces: readonly Piece[],
  length: number,
  lines: Lines,
): { pairs: Pair[]; problems: PlanProblem[] } => {
  const pairs: Pair[] = [];
  const problems: PlanProblem[] = [];
  markers.forEach((open, at) => {
    const next = markers[at + 1];
    if (!open.open) {
      if (!markers[at - 1]?.open)
        problems.push(problem('stray_marker', lines.at(open.start), 'This [/PLAN_STEP] closes no step.'));
      return;
    }
    if (next && !next.open) return void pairs.push({ open, bodyEnd: next.start, end: next.end });
    const bodyEnd = headingAfter(pieces, open.end, next?.start ?? length);
    pairs.push({ open, bodyEnd, end: bodyEnd });
    problems.push(
      problem(
        'unclosed_step',
        lines.at(open.start),
        'This [PLAN_STEP] is not closed; it is read up to the next step or section.',
      ),
    );
  });
  return { pairs, problems };
};

const isNone = (value: string): boolean => /^(?:|null|none|nil|-)$/i.test(value.trim());

const isPartOf = (key: string, parent: string): boolean =>
  key.startsWith(parent) && /^[a-z]$/i.test(key.slice(parent.length));

const titleOf = (
  attributes: Readonly<Record<string, string>>,
  body: readonly Piece[],
): { title: string; rest: readonly Piece[] } => {
  const [first, ...rest] = body;
  const said = attributes['title'];
  if (said !== undefined && said !== '') return { title: said, rest: body };
  if (first?.type === 'heading') return { title: plain(first.text), rest };
  if (first?.type !== 'line' || first.item) return { title: '', rest: body };
  return { title: plain(first.text).replace(/:$/, ''), rest };
};

/** `parent` means "comes after", except for `3a` under `3`, which is a part of it. */
const placeOf = (
  key: string,
  attributes: Readonly<Record<string, string>>,
): Pick<StepSpan, 'parent' | 'after' | 'reading'> => {
  const parent = attributes['parent'] ?? '';
  const named = [attributes['after'], attributes['depends_on'], attributes['depends-on'], attributes['dependson']]
    .flatMap((value) => (value ?? '').split(/[,\s]+/))
    .filter((value) => !isNone(value));
  if (!isNone(parent) && isPartOf(key, parent)) return { parent, after: named, reading: 'part_of' };
  const after = isNone(parent) ? named : [...parent.split(/\s*,\s*/), ...named];
  return { parent: null, after: [...new Set(after)], reading: after.length > 0 ? 'comes_after' : 'in_order' };
};

const statusProblem = (open: Marker, lines: Lines): PlanProblem[] => {
  const said = open.attributes['status'];
  return said === undefined || isNone(said) || namedStatus(said) !== null
    ? []
    : [problem('unknown_status', lines.at(open.start), `"${said}" is no state of a step; it is read as pending.`)];
};

const spanOf = ({ open, bodyEnd, end }: Pair, pieces: readonly Piece[], at: number): StepSpan => {
  const { attributes } = open;
  const key = (attributes['id'] ?? '').trim() || `unnamed-${at + 1}`;
  const body = pieces.filter((piece) => piece.start >= open.end && piece.start < bodyEnd && piece.type !== 'rule');
  const { title, rest } = titleOf(attributes, body);
  const status = attributes['status'];
  return {
    key,
    title: title === '' ? key : title,
    heading: title,
    start: open.start,
    end,
    pieces: rest,
    ...placeOf(key, attributes),
    alternativeOf: null,
    status: status === undefined || isNone(status) ? null : (namedStatus(status) ?? 'pending'),
    complexity: attributes['complexity'] ?? null,
  };
};

/** The steps of a `[PLAN_STEP]` document, in document order. */
export const markedSteps = (
  markers: readonly Marker[],
  pieces: readonly Piece[],
  source: string,
  lines: Lines,
): MarkedSteps => {
  const { pairs, problems } = pairUp(markers, pieces, source.length, lines);
  const named = pairs.flatMap(({ open }) => [
    ...statusProblem(open, lines),
    ...((open.attributes['id'] ?? '').trim() === ''
      ? [problem('missing_step_id', lines.at(open.start), 'This [PLAN_STEP] has no id.')]
      : []),
  ]);
  return { spans: pairs.map((pair, at) => spanOf(pair, pieces, at)), problems: [...problems, ...named] };
};
