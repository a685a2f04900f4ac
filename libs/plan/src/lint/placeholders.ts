import type { PlanProblem } from '@lockstep/contracts';
import type { Piece } from '../markdown/pieces';
import { problem } from '../problems';
import type { Reading } from '../read';
import { isShell } from '../steps/scripts';

/** "[What this does]" in prose or in a command: a bracket that is neither a link, a box, an index nor a shell test. */
const prose = /(?<![\w\]$\\"'`([{=,!])\[([A-Za-z][A-Za-z0-9 ,.'’/&+:_-]{1,120})\](?![[({:=\w"'])/g;

/** `tests/test_[name]_*.py`: a bracket inside a path's segment; a whole segment is a route (`app/[slug]/page.tsx`). */
const inPath =
  /(?:[A-Za-z0-9]_|[A-Za-z0-9_-])\[([a-z][a-z0-9 -]{1,40})\](?=[\w.*/-])|\[([a-z][a-z0-9 -]{1,40})\](?=[-_]\w)/g;

const marks =
  /^(?:[A-Z]+_[A-Z_]+|[a-z]-[a-z]|[A-Z]-[A-Z]|done|optional|completed?|wip|note|warning|tip|important|caution)$/i;

const wholeLine = /^[ \t]*\[([A-Za-z][^\]\r\n]{2,120})\][ \t]*$/gm;

interface Hit {
  readonly at: number;
  readonly text: string;
}

const withoutSpans = (text: string): string => text.replace(/`[^`\r\n]*`/g, (span) => '`'.repeat(span.length));

const hits = (text: string, pattern: RegExp): Hit[] =>
  [...text.matchAll(pattern)].flatMap((match) => {
    const name = match[1] ?? match[2] ?? '';
    return marks.test(name) ? [] : [{ at: match.index + match[0].indexOf('['), text: `[${name}]` }];
  });

const hitsIn = (piece: Piece, raw: string): Hit[] => {
  if (piece.type === 'rule') return [];
  if (piece.type === 'code') return isShell(piece) ? [...hits(raw, prose), ...hits(raw, inPath)] : hits(raw, wholeLine);
  return [...hits(withoutSpans(raw), prose), ...hits(raw, inPath)];
};

const most = 100;

/** Brackets that a template left to be filled in, one for each line. */
export const placeholders = ({ pieces, text, lines }: Reading): PlanProblem[] => {
  const seen = new Set<number>();
  const found: PlanProblem[] = [];
  for (const piece of pieces) {
    for (const hit of hitsIn(piece, text.slice(piece.start, piece.end))) {
      const place = lines.at(piece.start + hit.at);
      if (seen.has(place.line)) continue;
      seen.add(place.line);
      found.push(problem('placeholder', place, `${hit.text} is not filled in.`));
      if (found.length >= most) return found;
    }
  }
  return found;
};
