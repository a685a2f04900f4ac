import type { PlanCommand, PlanCriterion } from '@lockstep/contracts';
import { allPieces, type Section } from '../markdown/outline';
import type { LinePiece, Piece } from '../markdown/pieces';
import { codeSpans, plain } from '../markdown/text';
import type { Lines } from '../problems';
import { pathsIn } from '../steps/paths';
import { mayBeInferred } from '../steps/harmless';
import { inlineCommands, inlineExpectation, isTyped, outcomeOf, saysOptional, scriptOf } from '../steps/scripts';
import { claimedCommands } from './claims';

/** A line that only says how the item above it is shown: "Verify: `npm test`". */
const proof =
  /^(?:\*\*|__)?(?:verif(?:y|ied(?: by| with)?|ication)|check(?:ed (?:by|with))?|proof|prove[dn]?(?: by)?|evidence|commands?|run)\s*(?:(?:\*\*|__)\s*:|:\s*(?:\*\*|__)?)\s*/i;

/** No line that a person wrote is longer; what is longer isn't searched. */
const longestLine = 4000;

interface Item {
  readonly depth: number;
  readonly column: number;
  readonly line: number;
  readonly done: boolean;
  /** The item's own lines, then those that say how it is shown. */
  readonly texts: string[];
  readonly proofs: { readonly text: string; readonly line: number }[];
  readonly commands: PlanCommand[];
}

/** The items of a section, each with the commands that it says show it, and with what else it names in code. */
export function readCriteria(section: Section, lines: Lines): PlanCriterion[] {
  const items: Item[] = [];
  for (const piece of allPieces(section)) take(items, piece, lines);
  return items.map(criterionOf);
}

function take(items: Item[], piece: Piece, lines: Lines): void {
  const item = items.at(-1);
  const { line, column } = lines.at(piece.start);
  if (piece.type === 'line') return takeLine(items, piece, { line, column });
  const script = piece.type === 'code' && item && column >= item.column && isTyped(piece) && scriptOf(piece.content);
  if (script && mayBeInferred(script.command))
    item.commands.push({ ...script, outcome: outcomeOf(script.expect), before: false, line });
}

function takeLine(items: Item[], piece: LinePiece, { line, column }: { line: number; column: number }): void {
  const item = items.at(-1);
  const isProof = proof.test(piece.text) && item !== undefined && piece.depth >= item.depth;
  if (isProof && (piece.item === null || piece.depth > item.depth)) item.proofs.push({ text: piece.text, line });
  else if (piece.item !== null) {
    const { checked, depth } = piece.item;
    const own = { texts: [piece.text], proofs: [], commands: [] };
    if (piece.text !== '') items.push({ depth, column, line, done: checked === true, ...own });
  } else if (item && piece.depth >= item.depth) item.texts.push(piece.text);
}

function criterionOf({ texts, proofs, commands, done, line }: Item): PlanCriterion {
  const text = texts.join(' ').slice(0, longestLine);
  const said = [
    ...(proof.test(text) ? explicit(text, line) : claimed(text, line)),
    ...proofs.flatMap((each) => explicit(each.text, each.line)),
    ...commands,
  ];
  const whole = [text, ...proofs.map((each) => each.text)].join(' ');
  const typed = new Set(said.map(({ command }) => command));
  const names = [...codeSpans(whole), ...pathsIn(whole, false)].filter((name) => name !== '' && !typed.has(name));
  return { text: plain(text), done, line, commands: said, names: [...new Set(names)] };
}

/** Where the line says that a command follows, and is nothing else, whatever stands in code is one. */
function explicit(text: string, line: number): PlanCommand[] {
  const rest = text.replace(proof, '').slice(0, longestLine);
  const isOnly = /^`[^`]+`\W*(?:expect(?:ed)?\s*:.*)?$/i.test(rest) && !/^`[\w./-]+\.\w+`/.test(rest);
  return asCommands(inlineCommands(rest, isOnly), text, line);
}
const claimed = (text: string, line: number): PlanCommand[] => asCommands(claimedCommands(text), text, line);

function asCommands(commands: readonly string[], text: string, line: number): PlanCommand[] {
  const expect = inlineExpectation(text);
  const more = { expect, outcome: outcomeOf(expect), before: false, optional: saysOptional(text), line };
  return commands.map((command) => ({ command, ...more }));
}
