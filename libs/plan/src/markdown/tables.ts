import type { LinePiece, Piece } from './pieces';

export interface TableRow {
  readonly cells: readonly string[];
  readonly start: number;
}

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
}

const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').trim());

const isDelimiter = (line: string): boolean => line.includes('-') && line.includes('|') && /^[\s|:-]+$/.test(line);

/** The pipe tables among the pieces, in order. */
export const readTables = (pieces: readonly Piece[]): Table[] => {
  const lines = pieces.filter((piece): piece is LinePiece => piece.type === 'line');
  const tables: Table[] = [];
  for (let at = 1; at < lines.length; at += 1) {
    const head = lines[at - 1];
    if (!head?.text.includes('|') || !isDelimiter(lines[at]?.text ?? '')) continue;
    const rows: TableRow[] = [];
    for (let next = at + 1; lines[next]?.text.includes('|'); next += 1)
      rows.push({ cells: cellsOf(lines[next]?.text ?? ''), start: lines[next]?.start ?? 0 });
    tables.push({ header: cellsOf(head.text), rows });
    at += rows.length;
  }
  return tables;
};
