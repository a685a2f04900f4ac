/** A line outside every fence, or a fenced block as a whole. */
export type Part = { readonly kind: 'line'; readonly text: string } | FencedPart;

export interface FencedPart {
  readonly kind: 'fence';
  /** What stands behind the opening fence: `js`, `bash`, `ts title="src/x.ts"`. */
  readonly info: string;
  /** The block's text, each line with its newline, without the indentation of the opening fence. */
  readonly text: string;
}

interface Open {
  readonly indent: number;
  readonly mark: string;
  readonly info: string;
  readonly lines: string[];
}

/** Lines and fenced blocks in order. Fences of backticks or tildes, also within list items; one left open ends with the text. */
export function readParts(text: string): Part[] {
  const parts: Part[] = [];
  let open: Open | undefined;
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    if (open && closes(open, line)) {
      parts.push(closed(open));
      open = undefined;
    } else if (open) open.lines.push(line);
    else open = opening(line) ?? keep(parts, line);
  }
  if (open) parts.push(closed(open));
  return parts;
}

function opening(line: string): Open | undefined {
  const found = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line);
  if (!found) return undefined;
  const [, indent = '', mark = '', info = ''] = found;
  if (mark.startsWith('`') && info.includes('`')) return undefined;
  return { indent: indent.length, mark, info: info.trim(), lines: [] };
}

function keep(parts: Part[], text: string): undefined {
  parts.push({ kind: 'line', text });
}

function closes({ mark }: Open, line: string): boolean {
  const found = /^\s*(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return found !== undefined && found.startsWith(mark);
}

function closed({ indent, info, lines }: Open): FencedPart {
  const margin = new RegExp(`^\\s{0,${indent}}`);
  return { kind: 'fence', info, text: lines.map((line) => `${line.replace(margin, '')}\n`).join('') };
}
