import type { PlanCommand } from '@lockstep/contracts';
import type { CodePiece, LinePiece, Piece } from '../markdown/pieces';
import { mayBeInferred } from './harmless';
import type { Part } from './parts';
import {
  callsChecks,
  inlineCommands,
  inlineExpectation,
  isShell,
  isTyped,
  maybeShell,
  onlyCommits,
  outcomeOf,
  saysOptional,
  scriptOf,
} from './scripts';

/** A command with its place as an offset; `taken` are the fences that became commands or their expected output. */
export interface Found extends Omit<PlanCommand, 'line' | 'outcome' | 'before'> {
  readonly start: number;
}

export interface Findings {
  readonly commands: Found[];
  readonly taken: Set<number>;
}

const isCheck = (part: Part): boolean =>
  part.label.kind === 'verification' || part.label.kind === 'run' || part.label.kind === 'baseline';

/** Parts in which a shell block is a check only when its result is spelled out. */
const mayCheck = (part: Part): boolean =>
  ['other', 'intro', 'goal', 'commands', 'tests', 'tasks', 'output', 'acceptance'].includes(part.label.kind);

const withExpectation = (found: Found, clause: string): Found => ({
  ...found,
  expect: found.expect === null || found.expect === clause ? clause : `${found.expect}\n${clause}`,
});

/** Attaches a clause that stands behind a command to it. */
const expectLast = (findings: Findings, clause: string): void => {
  const last = findings.commands.pop();
  if (last) findings.commands.push(clause === '' ? last : withExpectation(last, clause));
};

const takeFence = (findings: Findings, piece: CodePiece, optional: boolean): boolean => {
  const script = scriptOf(piece.content);
  if (!script || onlyCommits(script.command)) return false;
  findings.taken.add(piece.start);
  findings.commands.push({ ...script, optional: script.optional || optional, start: piece.start });
  return true;
};

const takeInline = (findings: Findings, text: string, start: number, any: boolean, optional: boolean): void => {
  const expect = inlineExpectation(text);
  for (const command of inlineCommands(text, any))
    findings.commands.push({ command, expect, optional: optional || saysOptional(text), start });
};

/** Commands of a part that is there to check: its fences, or what it names inline. */
const takeCheck = (findings: Findings, part: Part): void => {
  const optional = saysOptional(part.label.note) || saysOptional(part.label.name);
  const any = part.label.kind === 'run' || /^`[^`]+`/.test(part.label.rest);
  const before = findings.commands.length;
  takeInline(findings, part.label.rest, part.start, any, optional);
  const first = part.pieces[0];
  for (const piece of part.pieces) {
    if (piece.type === 'line' && !(piece === first && piece.start === part.start))
      takeInline(findings, piece.text, piece.start, false, optional);
    if (piece.type !== 'code') continue;
    const scripted = isShell(piece) || (maybeShell(piece) && findings.commands.length === before);
    if (scripted) takeFence(findings, piece, optional);
  }
};

const nextExpects = (parts: readonly Part[], at: number, piece: CodePiece): boolean =>
  parts[at]?.pieces.at(-1) === piece && parts[at + 1]?.label.kind === 'expected';

const takeSpelledOut = (findings: Findings, parts: readonly Part[], at: number): void => {
  for (const piece of parts[at]?.pieces ?? []) {
    const script = piece.type === 'code' && isShell(piece) ? scriptOf(piece.content) : null;
    if (piece.type !== 'code' || script === null || !mayBeInferred(script.command)) continue;
    const tests = parts[at]?.label.kind === 'tests';
    if (tests || nextExpects(parts, at, piece) || script.expect !== null) takeFence(findings, piece, false);
  }
};

/** "Expected:" with its text on the line, on the lines below or in a fence. */
const takeExpected = (findings: Findings, part: Part): void => {
  const below = part.pieces.find(
    (piece): piece is CodePiece | LinePiece =>
      piece.type === 'code' || (piece.type === 'line' && piece.start !== part.start),
  );
  const lines = part.label.rest !== '' ? part.label.rest : below?.type === 'code' ? below.content : (below?.text ?? '');
  if (part.label.rest === '' && below?.type === 'code' && findings.commands.length > 0) findings.taken.add(below.start);
  expectLast(findings, lines.trim());
};

/** Every check that the parts spell out, in order. */
export const findCommands = (parts: readonly Part[]): Findings => {
  const findings: Findings = { commands: [], taken: new Set() };
  parts.forEach((part, at) => {
    if (part.label.kind === 'expected') takeExpected(findings, part);
    else if (isCheck(part)) takeCheck(findings, part);
    else if (mayCheck(part)) takeSpelledOut(findings, parts, at);
  });
  return findings;
};

const asksToRun =
  /\b(?:run|runs|verify|check|test|tests|execute|ensure|confirm|pass|passes|succeeds|exits|green|clean)\b/i;

const withoutSpans = (text: string): string => text.replace(/`[^`]*`/g, '');

/** "Verify with:" and "- [ ] `npm test`": a line that leads to its command, or is nothing but one that checks. */
const leadsTo = (line: LinePiece | null): boolean =>
  line !== null && /[:：]\s*$/.test(line.text) && asksToRun.test(withoutSpans(line.text));

const forbids =
  /\b(?:do not|don['’]t|never|avoid|must not|should not)\s+(?:\w+\s+){0,2}?(?:run|execut|us[ei]|call|start)/i;

/** What the line names as a command is what it asks for, and not what it warns of. */
const asksFor = (line: LinePiece): boolean =>
  isOneCheck(line) || (asksToRun.test(withoutSpans(line.text)) && !forbids.test(withoutSpans(line.text)));

const isOneCheck = (line: LinePiece): boolean => /^`[^`]+`[.;]?$/.test(line.text) && callsChecks(line.text);

/** Fences that a line leads to, and those that run a test suite and nothing says for what. */
const inferFences = (findings: Findings, pieces: readonly Piece[]): void => {
  let above: LinePiece | null = null;
  for (const piece of pieces) {
    if (piece.type === 'line') above = piece;
    if (piece.type !== 'code') continue;
    const asked = leadsTo(above) || callsChecks(piece.content);
    if (isTyped(piece) && asked && mayBeInferred(scriptOf(piece.content)?.command ?? ''))
      takeFence(findings, piece, false);
    above = null;
  }
};

/**
 * What a step without a labelled check asks to be run in its text: "Run `npm test`", "Verify with:" above a fence. Nobody said that it is a
 * check, so only what may be inferred is one.
 */
export const inferCommands = (parts: readonly Part[]): Findings => {
  const inline: Findings = { commands: [], taken: new Set() };
  const pieces = parts.flatMap((part) => part.pieces);
  for (const line of pieces)
    if (line.type === 'line' && asksFor(line)) takeInline(inline, line.text, line.start, false, false);
  const findings: Findings = {
    commands: inline.commands.filter(({ command }) => mayBeInferred(command)),
    taken: new Set(),
  };
  if (findings.commands.length === 0) inferFences(findings, pieces);
  return findings;
};

/** Outcomes; a command that must fail counts as run before the code when a later one must pass. */
export const withOutcomes = (found: readonly Found[], lineAt: (offset: number) => number): PlanCommand[] => {
  const outcomes = found.map((each) => outcomeOf(each.expect));
  return found.map(({ start, ...each }, at) => ({
    ...each,
    outcome: outcomes[at] ?? 'pass',
    before: outcomes[at] === 'fail' && outcomes.slice(at + 1).includes('pass'),
    line: lineAt(start),
  }));
};
