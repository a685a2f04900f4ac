import type { PlanCommand, PlanPrerequisite } from '@lockstep/contracts';
import { allPieces, type Section } from '../markdown/outline';
import type { CodePiece, LinePiece, Piece } from '../markdown/pieces';
import { plain } from '../markdown/text';
import type { Lines } from '../problems';
import { sectionName } from '../steps/headings';
import { readParts, type Part } from '../steps/parts';
import { pathsIn } from '../steps/paths';
import { isShell, outcomeOf, scriptOf } from '../steps/scripts';
import { findCommands, withOutcomes } from '../steps/verification';

const textBelow = (part: Part | undefined): string | null => {
  const text = part
    ? [part.label.rest, ...part.pieces.flatMap((piece) => (piece.type === 'line' ? [piece.text] : []))]
        .join('\n')
        .trim()
    : '';
  return text === '' ? null : text;
};

const affectedIn = (parts: readonly Part[]): string[] =>
  parts
    .filter((part) => part.label.kind === 'affected')
    .flatMap((part) => [
      ...pathsIn(part.label.rest, true),
      ...part.pieces.flatMap((piece) =>
        piece.type === 'line' && piece.start !== part.start ? pathsIn(piece.text, true).slice(0, 1) : [],
      ),
    ]);

const commandOf = (piece: CodePiece, lines: Lines): PlanCommand[] => {
  const script = isShell(piece) ? scriptOf(piece.content) : null;
  if (!script) return [];
  return [{ ...script, outcome: outcomeOf(script.expect), before: false, line: lines.at(piece.start).line }];
};

const checks = /\b(?:verify|check|confirm|baseline|ensure)\b/i;

interface Sorted {
  readonly setup: PlanCommand[];
  readonly verification: PlanCommand[];
  readonly baseline: PlanCommand[];
}

/** What was not found under a label that says "check" sets something up, unless its result is spelled out or its title says check. */
const sortCommands = (parts: readonly Part[], title: string, lines: Lines): Sorted => {
  const sorted: Sorted = { setup: [], verification: [], baseline: [] };
  const lineAt = (offset: number): number => lines.at(offset).line;
  const baseline = findCommands(parts.filter((part) => part.label.kind === 'baseline'));
  const others = parts.filter((part) => part.label.kind !== 'baseline');
  const verification = findCommands(others);
  sorted.baseline.push(...withOutcomes(baseline.commands, lineAt));
  sorted.verification.push(...withOutcomes(verification.commands, lineAt));
  const taken = new Set([...baseline.taken, ...verification.taken]);
  for (const piece of others.flatMap((part) => part.pieces)) {
    if (piece.type !== 'code' || taken.has(piece.start)) continue;
    const [command] = commandOf(piece, lines);
    if (command) (command.expect !== null || checks.test(title) ? sorted.verification : sorted.setup).push(command);
  }
  return sorted;
};

const byLine = (a: PlanCommand, b: PlanCommand): number => a.line - b.line;

const read = (title: string, start: number, pieces: readonly Piece[], lines: Lines): PlanPrerequisite => {
  const parts = readParts(pieces);
  const sorted = sortCommands(parts, title, lines);
  const all = [...sorted.setup, ...sorted.verification, ...sorted.baseline].sort(byLine);
  return {
    title: plain(title),
    why: textBelow(parts.find((part) => part.label.kind === 'why')),
    commands: all.map((command) => command.command),
    affectedTests: affectedIn(parts),
    ...sorted,
    line: lines.at(start).line,
  };
};

/** A prerequisites section without headings of its own: one for each item, or one for all of its commands. */
const readFlat = (section: Section, lines: Lines): PlanPrerequisite[] => {
  const items = section.pieces.filter((piece): piece is LinePiece => piece.type === 'line' && piece.item !== null);
  const coded = section.pieces.some((piece) => piece.type === 'code');
  const labelled = readParts(section.pieces).length > 1;
  if (coded || labelled || items.length === 0)
    return section.pieces.some((piece) => piece.type !== 'rule')
      ? [read(section.title, section.start, section.pieces, lines)]
      : [];
  return items.filter((item) => item.depth === 1).map((item) => read(item.text, item.start, [], lines));
};

export const readPrerequisites = (section: Section, lines: Lines): PlanPrerequisite[] => {
  if (section.children.length === 0) return readFlat(section, lines);
  const own = section.pieces.some((piece) => piece.type === 'code') ? readFlat(section, lines) : [];
  return [
    ...own,
    ...section.children.map((child) => read(sectionName(child.title), child.start, allPieces(child), lines)),
  ];
};
