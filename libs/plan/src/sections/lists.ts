import type { PlanCommand, PlanDependency, PlanFile, PlanRisk } from '@lockstep/contracts';
import { allPieces, type Section } from '../markdown/outline';
import type { LinePiece, Piece } from '../markdown/pieces';
import { readTables } from '../markdown/tables';
import { plain } from '../markdown/text';
import type { Lines } from '../problems';
import { mayBeInferred } from '../steps/harmless';
import { actionIn, pathsIn } from '../steps/paths';
import { inlineCommands, inlineExpectation, maybeShell, outcomeOf, scriptOf } from '../steps/scripts';

const linesOf = (pieces: readonly Piece[]): LinePiece[] =>
  pieces.filter((piece): piece is LinePiece => piece.type === 'line');

const itemsOf = (section: Section): LinePiece[] =>
  linesOf(allPieces(section)).filter((line) => line.item !== null && line.text !== '');

export const readItems = (section: Section): string[] => itemsOf(section).map((item) => plain(item.text));

/** "Attribute | Value" tables and `**Name**: value` lines. */
export const readOverview = (pieces: readonly Piece[]): Record<string, string> => {
  const found: [string, string][] = readTables(pieces).flatMap((table) =>
    table.header.length === 2
      ? table.rows.map((row): [string, string] => [plain(row.cells[0] ?? ''), plain(row.cells[1] ?? '')])
      : [],
  );
  for (const line of linesOf(pieces)) {
    const pair = /^\*\*([^*]{1,60}?):?\*\*\s*:?\s*(\S.*)$/.exec(line.text);
    if (pair && !line.text.includes('|') && /:\*\*|\*\*\s*:/.test(line.text))
      found.push([pair[1] ?? '', plain(pair[2] ?? '')]);
  }
  return Object.fromEntries(found.filter(([name]) => name !== '' && name !== '__proto__'));
};

const columnOf = (header: readonly string[], name: RegExp): number =>
  header.findIndex((cell) => name.test(plain(cell)));

/** The file table; without one, the items that name paths. */
export const readFiles = (section: Section, lines: Lines): PlanFile[] => {
  const pieces = allPieces(section);
  const rows = readTables(pieces).flatMap((table) => {
    const action = columnOf(table.header, /^(?:action|change|type|operation)$/i);
    return table.rows.flatMap((row): PlanFile[] => {
      const purpose = row.cells
        .filter((_cell, at) => at > 0 && at !== action)
        .map(plain)
        .join(' · ');
      const said = row.cells[action] ?? (/\bnew file\b/i.test(purpose) ? purpose : purpose.split(' ', 1)[0]) ?? '';
      const line = lines.at(row.start).line;
      return pathsIn(row.cells[0] ?? '', true).map((path) => ({
        path,
        action: actionIn(said) ?? 'write',
        purpose,
        line,
      }));
    });
  });
  if (rows.length > 0) return rows;
  return itemsOf(section).flatMap((item) =>
    pathsIn(item.text, false)
      .slice(0, 1)
      .map((path) => ({
        path,
        action: actionIn(item.text.replace(/`[^`]*`/g, '')) ?? 'write',
        purpose: plain(item.text),
        line: lines.at(item.start).line,
      })),
  );
};

export const readRisks = (section: Section, lines: Lines): PlanRisk[] => {
  const rows = readTables(allPieces(section)).flatMap((table) => {
    const likelihood = columnOf(table.header, /likelihood|probability|severity|impact/i);
    const mitigation = columnOf(table.header, /mitigation|response|strategy/i);
    return table.rows.map((row) => ({
      risk: row.cells[0] ?? '',
      likelihood: row.cells[likelihood] ?? '',
      mitigation: row.cells[mitigation] ?? row.cells.at(-1) ?? '',
      line: lines.at(row.start).line,
    }));
  });
  if (rows.length > 0) return rows;
  return itemsOf(section).map((item) => ({
    risk: plain(item.text),
    likelihood: '',
    mitigation: '',
    line: lines.at(item.start).line,
  }));
};

/** Blocks with the file that the line above names, and every line of text. */
export const readDependencies = (section: Section, lines: Lines): PlanDependency[] => {
  let path: string | null = null;
  return allPieces(section).flatMap((piece): PlanDependency[] => {
    if (piece.type === 'heading' || piece.type === 'rule') return [];
    const line = lines.at(piece.start).line;
    if (piece.type === 'line') {
      path = actionIn(piece.text) ? (pathsIn(piece.text, true)[0] ?? null) : null;
      return [{ text: plain(piece.text), path: null, language: null, line }];
    }
    const script = maybeShell(piece) && piece.language !== '' ? scriptOf(piece.content) : null;
    return [{ text: script?.command ?? piece.content, path: script ? null : path, language: piece.language, line }];
  });
};

/** Commands of a section that is nothing but commands: its fences, and of the code in its lines what may be inferred. */
export const readCommands = (section: Section, lines: Lines): PlanCommand[] =>
  allPieces(section).flatMap((piece): PlanCommand[] => {
    const line = lines.at(piece.start).line;
    if (piece.type === 'code') {
      const script = maybeShell(piece) ? scriptOf(piece.content) : null;
      return script ? [{ ...script, outcome: outcomeOf(script.expect), before: false, line }] : [];
    }
    if (piece.type !== 'line') return [];
    const expect = inlineExpectation(piece.text);
    const optional = /\boptional\b/i.test(piece.text);
    return inlineCommands(piece.text, false)
      .filter(mayBeInferred)
      .map((command) => ({
        command,
        expect,
        outcome: outcomeOf(expect),
        before: false,
        optional,
        line,
      }));
  });

/** The first column of a table of tests, and items that name test files. */
export const readTestFiles = (section: Section): string[] => {
  const pieces = allPieces(section);
  const cells = readTables(pieces).flatMap((table) => table.rows.flatMap((row) => pathsIn(row.cells[0] ?? '', true)));
  return [...cells, ...itemsOf(section).flatMap((item) => pathsIn(item.text, false).slice(0, 1))];
};
