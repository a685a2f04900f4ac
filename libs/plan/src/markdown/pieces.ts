import type { Code, List, ListItem, Node, Parent, Root } from 'mdast';
import remarkParse from 'remark-parse';
import { unified } from 'unified';

/**
 * A document as a flat run of pieces, each with its place in the source. Inline Markdown is left alone: paths, commands
 * and labels are read from the text as it stands, so nothing of it is lost or re-escaped.
 */
export interface HeadingPiece {
  readonly type: 'heading';
  readonly depth: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface LinePiece {
  readonly type: 'line';
  /** Without list marker, checkbox, quote mark and indentation. */
  readonly text: string;
  /** Set on the first line of a list item; `checked` is null without a checkbox. */
  readonly item: { readonly checked: boolean | null; readonly depth: number } | null;
  /** How many lists the line is in. */
  readonly depth: number;
  readonly quote: boolean;
  readonly start: number;
  readonly end: number;
}

export interface CodePiece {
  readonly type: 'code';
  readonly language: string;
  /** What stands after the language on the fence's line. */
  readonly info: string;
  readonly content: string;
  readonly fenced: boolean;
  readonly closed: boolean;
  readonly start: number;
  readonly end: number;
}

export interface RulePiece {
  readonly type: 'rule';
  readonly start: number;
  readonly end: number;
}

export type Piece = HeadingPiece | LinePiece | CodePiece | RulePiece;

/** Inline constructs cost time, some of them quadratic, and none of them is needed. */
const inline = [
  'attention',
  'autolink',
  'characterEscape',
  'characterReference',
  'codeText',
  'hardBreakEscape',
  'htmlText',
  'labelEnd',
  'labelStartImage',
  'labelStartLink',
];

const processor = unified()
  .use(remarkParse)
  .use(function blocksOnly() {
    const data = this.data();
    data.micromarkExtensions = [...(data.micromarkExtensions ?? []), { disable: { null: inline } }];
  })
  .freeze();

interface Context {
  readonly source: string;
  readonly out: Piece[];
  readonly depth: number;
  readonly quote: boolean;
}

const startOf = (node: Node): number => node.position?.start.offset ?? 0;
const endOf = (node: Node): number => node.position?.end.offset ?? 0;

const checkbox = /^\[([ xX✓✔✅])\](?:\s+|$)/;

interface ItemMark {
  readonly depth: number;
}

/** A paragraph's lines; the first one is an item's when `item` is given. */
const pushLines = (context: Context, from: number, to: number, item: ItemMark | null): void => {
  let offset = from;
  let first = true;
  for (const raw of context.source.slice(from, to).split(/(?<=\r\n|\n|\r(?!\n))/)) {
    const lead = /^[\s>]*/.exec(raw)?.[0].length ?? 0;
    const body = raw.slice(first ? 0 : lead).trim();
    const box = first && item ? checkbox.exec(body) : null;
    const mark = first && item ? { checked: box ? box[1] !== ' ' : null, depth: item.depth } : null;
    const text = box ? body.slice(box[0].length) : body;
    const start = offset + (first ? 0 : lead);
    if (text !== '' || mark)
      context.out.push({
        type: 'line',
        text,
        item: mark,
        depth: context.depth,
        quote: context.quote,
        start,
        end: start + body.length,
      });
    offset += raw.length;
    first = false;
  }
};

const pushCode = (context: Context, node: Code): void => {
  const start = startOf(node);
  const end = endOf(node);
  const raw = context.source.slice(start, end);
  const fenced = /^(?:`{3,}|~{3,})/.test(raw);
  const last = raw.slice(Math.max(raw.lastIndexOf('\n'), raw.lastIndexOf('\r')) + 1);
  const words = `${node.lang ?? ''} ${node.meta ?? ''}`.trim();
  const language = /^[^\s:{]*/.exec(words)?.[0] ?? '';
  context.out.push({
    type: 'code',
    language: language.toLowerCase(),
    info: words.slice(language.length).replace(/^:/, '').trim(),
    content: node.value,
    fenced,
    closed: !fenced || (last.length < raw.length && /^[\s>]*(?:`{3,}|~{3,})\s*$/.test(last)),
    start,
    end,
  });
};

/** A rule right below a paragraph makes a heading of it in Markdown; in plans it nearly always means a rule. */
const isRealHeading = (raw: string): boolean => {
  if (raw.startsWith('#')) return true;
  const lines = raw.split(/\r\n|\n|\r/);
  const under = lines[1]?.trim() ?? '';
  return lines.length === 2 && !/^[*_>|-]|:\s*\S/.test(raw) && (under.startsWith('=') || under.length > 3);
};

const pushHeading = (context: Context, node: Node & { depth: number }, root: boolean): void => {
  const start = startOf(node);
  const end = endOf(node);
  const raw = context.source.slice(start, end);
  if (!root) return pushLines(context, start, end, null);
  if (!isRealHeading(raw)) {
    const rule = /\r?\n[^\r\n]*$|\r[^\r\n]*$/.exec(raw)?.index ?? raw.length;
    pushLines(context, start, start + rule, null);
    context.out.push({ type: 'rule', start: start + rule, end });
    return;
  }
  const text = (raw.split(/\r\n|\n|\r/)[0] ?? '').replace(/^#{1,6}\s*/, '').replace(/(?:^|\s+)#+\s*$/, '');
  context.out.push({ type: 'heading', depth: node.depth, text: text.trim(), start, end });
};

const pushItem = (context: Context, item: ListItem): void => {
  const inner = { ...context, depth: context.depth + 1 };
  const [head, ...rest] = item.children;
  if (head?.type === 'paragraph') pushLines(inner, startOf(head), endOf(head), { depth: inner.depth });
  else if (head) walk(inner, head, false);
  for (const child of rest) walk(inner, child, false);
};

const walk = (context: Context, node: Node, root: boolean): void => {
  switch (node.type) {
    case 'heading':
      return pushHeading(context, node as Node & { depth: number }, root);
    case 'code':
      return pushCode(context, node as Code);
    case 'paragraph':
      return pushLines(context, startOf(node), endOf(node), null);
    case 'thematicBreak':
      context.out.push({ type: 'rule', start: startOf(node), end: endOf(node) });
      return;
    case 'list':
      for (const item of (node as List).children) pushItem(context, item);
      return;
    case 'blockquote':
      for (const child of (node as Parent).children) walk({ ...context, quote: true }, child, false);
      return;
    default:
      return;
  }
};

/** Front matter is YAML's, not Markdown's: to the parser it is blank. */
const blankFrontMatter = (text: string): string =>
  text.replace(/^---[ \t]*(?:\r\n|\n)[\s\S]{0,4000}?(?:\r\n|\n)---[ \t]*(?=\r\n|\n|$)/, (block) =>
    block.replace(/[^\r\n]/g, ' '),
  );

/** Pieces in document order. Offsets are those of `text`, which has no byte order mark. */
export const readPieces = (text: string): Piece[] => {
  const root: Root = processor.parse(blankFrontMatter(text));
  const context: Context = { source: text, out: [], depth: 0, quote: false };
  for (const child of root.children) walk(context, child, true);
  return context.out;
};
