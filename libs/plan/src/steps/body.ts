import { createHash } from 'node:crypto';
import type { PlanCommand, PlanStep, PlanStepFile, PlanTask } from '@lockstep/contracts';
import type { LinePiece } from '../markdown/pieces';
import { plain } from '../markdown/text';
import type { Lines } from '../problems';
import { blocksOf, type Block } from './blocks';
import { declared, estimate, kindOf } from './kind';
import type { LabelKind } from './labels';
import { isMicro, readParts, type Part } from './parts';
import { actionIn, isTestPath, pathsIn } from './paths';
import type { StepSpan } from './span';
import { statusIn } from './status';
import { isShellName } from './scripts';
import { findCommands, inferCommands, withOutcomes } from './verification';

const linesOf = (part: Part): LinePiece[] => part.pieces.filter((piece): piece is LinePiece => piece.type === 'line');

const ofKind = (parts: readonly Part[], ...kinds: LabelKind[]): Part[] =>
  parts.filter((part) => kinds.includes(part.label.kind));

/** A label's text: what stands behind it, or else the lines below it. */
export const textOf = (parts: readonly Part[], kind: LabelKind): string | null => {
  const [part] = ofKind(parts, kind);
  if (!part) return null;
  const below = linesOf(part)
    .filter((line) => line.start !== part.start)
    .map((line) => line.text);
  const text = (part.label.rest !== '' ? [part.label.rest] : below).join('\n').trim();
  return text === '' ? null : text;
};

/** A step without a labelled goal says it in its first line of prose. */
const introductionOf = (parts: readonly Part[]): string | null =>
  ofKind(parts, 'intro')
    .flatMap(linesOf)
    .find((line) => line.item === null && line.depth === 0 && !line.text.includes('|'))?.text ?? null;

/** Boxes wherever they stand; without any, the items of the list that is labelled so, or that the step begins with. */
const tasksOf = (parts: readonly Part[]): PlanTask[] => {
  const items = (from: readonly Part[]): LinePiece[] => from.flatMap(linesOf).filter((line) => line.item !== null);
  const boxed = items(parts).filter((line) => line.item?.checked !== null);
  const chosen = boxed.length > 0 ? boxed : items(ofKind(parts, 'tasks'));
  const found = chosen.length > 0 ? chosen : items(ofKind(parts, 'intro'));
  if (found.length === 0)
    return parts.filter((part) => isMicro(part.label)).map(({ label }) => ({ text: label.title, done: false }));
  return found
    .filter((line) => line.text !== '')
    .map((line) => ({ text: plain(line.text), done: line.item?.checked === true }));
};

interface FoundFile extends Omit<PlanStepFile, 'line'> {
  readonly start: number;
}

const fileIn = (text: string, fallback: PlanStepFile['action'] | null, start: number): FoundFile[] => {
  const test = /^\W*tests?\b[^`]*:/i.test(text);
  const action = actionIn(text.replace(/`[^`]*`/g, '')) ?? fallback ?? 'write';
  return pathsIn(text, true).map((path) => ({ path, action, test: test || isTestPath(path), start }));
};

/** "File to modify: `a.ts`" as an item of a specification. */
const fileLine = /^(?:new )?files?(?: to (?:create|modify|change|edit|update|add|delete)[\w/ ]*)?\s*:/i;

const listedFiles = (parts: readonly Part[]): FoundFile[] =>
  parts.flatMap((part) => {
    const listed = part.label.kind === 'files';
    const verb = actionIn(part.label.name);
    const rest = listed ? fileIn(part.label.rest, verb, part.start) : [];
    const lines = linesOf(part).filter(
      (line) => line.start !== part.start && (listed || fileLine.test(plain(line.text))),
    );
    return [...rest, ...lines.flatMap((line) => fileIn(line.text, verb, line.start))];
  });

/** "Create the handler in `a.ts`" makes the handler, not necessarily the file. */
const mentionedAction = (text: string): PlanStepFile['action'] | null => {
  const action = actionIn(text.replace(/`[^`]*`/g, ''));
  return action === 'create' && /\b(?:in|into|to|inside)\s+(?:the\s+)?(?:`|[\w.]*\/)/i.test(text) ? 'write' : action;
};

/** Paths with a folder in lines that say what happens to them; only for steps that list no file. */
const mentionedFiles = (span: StepSpan, parts: readonly Part[]): FoundFile[] => {
  const lines = ofKind(parts, 'intro', 'tasks', 'goal').flatMap(linesOf);
  const texts = [{ text: span.title, start: span.start }, ...lines.map(({ text, start }) => ({ text, start }))];
  return texts.flatMap(({ text, start }) => {
    const action = mentionedAction(text);
    const paths = pathsIn(text, false).filter((path) => /[\\/]/.test(path));
    return action === null ? [] : paths.map((path) => ({ path, action, test: isTestPath(path), start }));
  });
};

const blockFiles = (blocks: readonly Block[]): FoundFile[] =>
  blocks.flatMap(({ path, action, test, start }) =>
    path === null || action === 'run' || action === 'commit' || action === 'show'
      ? []
      : [{ path, action, test, start }],
  );

/** Blocks that name no file go into the one that the step lists. */
const housed = (blocks: readonly Block[], files: readonly FoundFile[]): Block[] => {
  const only = (test: boolean): FoundFile | null => {
    const own = files.filter((file) => file.test === test);
    const fresh = own.filter((file) => file.action === 'create');
    const found = fresh.length === 1 ? fresh : own;
    return found.length === 1 ? (found[0] ?? null) : null;
  };
  return blocks.map((block) => {
    const file =
      block.action === 'show' && !isShellName(block.language) && block.language !== '' ? only(block.test) : null;
    return file ? { ...block, path: file.path, action: file.action } : block;
  });
};

const distinct = (files: readonly FoundFile[], lines: Lines): PlanStepFile[] => {
  const found = new Map<string, PlanStepFile>();
  for (const { start, ...file } of files) {
    const known = found.get(file.path);
    if (!known) found.set(file.path, { ...file, line: lines.at(start).line });
    else found.set(file.path, { ...known, test: known.test || file.test });
  }
  return [...found.values()];
};

const acceptanceOf = (parts: readonly Part[]): string[] =>
  ofKind(parts, 'acceptance')
    .flatMap(linesOf)
    .filter((line) => line.item !== null)
    .map((line) => plain(line.text));

const codeOf = (blocks: readonly Block[], test: boolean, lines: Lines): PlanStep['code'] =>
  blocks
    .filter((block) => block.test === test)
    .map(({ start, test: _test, ...block }) => ({ ...block, line: lines.at(start).line }));

export interface ReadStep {
  readonly step: PlanStep;
  /** The checks were read from its tasks. */
  readonly inferred: boolean;
}

interface Reading {
  readonly span: StepSpan;
  readonly parts: readonly Part[];
  readonly lines: Lines;
  /** Paths in prose count as the step's files. */
  readonly mentions: boolean;
}

const commandsOf = (
  parts: readonly Part[],
  lines: Lines,
): { commands: PlanCommand[]; taken: Set<number>; inferred: boolean } => {
  const said = findCommands(parts);
  const { commands, taken } = said.commands.length > 0 ? said : inferCommands(parts);
  const inferred = said.commands.length === 0 && commands.length > 0;
  return { commands: withOutcomes(commands, (offset) => lines.at(offset).line), taken, inferred };
};

const filesOf = ({ span, parts, lines, mentions }: Reading, blocks: readonly Block[]): PlanStepFile[] => {
  const listed = listedFiles(parts);
  const mentioned = listed.length > 0 || !mentions ? [] : mentionedFiles(span, parts);
  return distinct([...blockFiles(blocks), ...listed, ...mentioned], lines);
};

const placeOf = ({ span, lines }: Reading, source: string): Pick<PlanStep, 'line' | 'endLine' | 'section' | 'hash'> => {
  const section = source.slice(span.start, span.end);
  return {
    line: lines.at(span.start).line,
    endLine: lines.at(Math.max(span.start, span.end - 1)).line,
    section,
    hash: createHash('sha256').update(section).digest('hex'),
  };
};

/** Reads a step's text. */
export const readStep = (span: StepSpan, source: string, lines: Lines, mentions: boolean): ReadStep => {
  const parts = readParts(span.pieces);
  const reading: Reading = { span, parts, lines, mentions };
  const { commands, taken, inferred } = commandsOf(parts, lines);
  const blocks = housed(
    parts.flatMap((part) => blocksOf(part, taken)),
    listedFiles(parts),
  );
  const tasks = tasksOf(parts);
  const read = {
    title: span.title,
    tasks,
    code: codeOf(blocks, false, lines),
    tests: codeOf(blocks, true, lines),
    files: filesOf(reading, blocks),
    verification: commands,
    acceptance: acceptanceOf(parts),
  };
  const declares = declared(read, span.heading, source.slice(span.start, span.end));
  const step: PlanStep = {
    key: span.key,
    ...read,
    goal: textOf(parts, 'goal') ?? introductionOf(parts),
    after: span.after,
    parent: span.parent,
    leaf: true,
    alternativeOf: span.alternativeOf,
    reading: span.reading,
    kind: kindOf(read, span.key, declares),
    status: span.status ?? statusIn(textOf(parts, 'status'), tasks) ?? 'pending',
    complexity: span.complexity ?? textOf(parts, 'complexity'),
    declares,
    output: textOf(parts, 'output'),
    estimateMinutes: estimate(read),
    ...placeOf(reading, source),
  };
  return { step, inferred };
};
