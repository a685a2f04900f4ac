import { readAttributes } from '../messages/turn-header';
import { fileEntry, isPath, readLabel, type Label } from './label';
import { readParts, type FencedPart } from './markdown';

/** One fenced block of a step that the model carries out. */
export interface StepBlock {
  readonly do: 'write' | 'run';
  readonly role: 'code' | 'tests';
  readonly action: Label['action'];
  /** As the plan has it; empty for `run`. */
  readonly path: string;
  readonly text: string;
  /** Blocks under one label have the same number. */
  readonly group: number;
  readonly only?: Only;
}

/** From a directive: the one turn that a block is for. */
export type Only = { readonly attempt: number } | { readonly fix: number };

/** From a directive: what the model asks before it starts. */
export interface Ask {
  readonly priority: string;
  readonly text: string;
  readonly options: readonly string[];
}

export interface StepContent {
  readonly blocks: readonly StepBlock[];
  readonly ask?: Ask;
}

interface Reading {
  readonly blocks: StepBlock[];
  readonly files: NonNullable<ReturnType<typeof fileEntry>>[];
  ask?: Ask;
  label: Label | undefined;
  group: number;
  labelOnly: Only | undefined;
  /** A directive that has not met its label or block yet. */
  waiting: Only | undefined;
}

/** Reads a step's section: its blocks in order, and the directives in HTML comments that drive a demo. */
export function readStep(section: string): StepContent {
  const reading: Reading = {
    blocks: [],
    files: [],
    label: undefined,
    group: 0,
    labelOnly: undefined,
    waiting: undefined,
  };
  for (const part of readParts(section)) {
    if (part.kind === 'fence') readBlock(reading, part);
    else readLine(reading, part.text);
  }
  return { blocks: reading.blocks, ...(reading.ask ? { ask: reading.ask } : {}) };
}

function readLine(reading: Reading, line: string): void {
  const directive = /^\s*<!--\s*offline-model:\s*(.*?)\s*-->\s*$/.exec(line)?.[1];
  if (directive !== undefined) return readDirective(reading, directive);
  const file = fileEntry(line);
  if (file) reading.files.push(file);
  const label = readLabel(line) ?? (/^#{1,6}\s/.test(line) ? null : undefined);
  if (label === undefined) return;
  reading.label = label ?? undefined;
  reading.group += 1;
  reading.labelOnly = reading.waiting;
  reading.waiting = undefined;
}

function readDirective(reading: Reading, text: string): void {
  const [, word, number] = /^(attempt|fix)\s+(\d+)$/.exec(text) ?? [];
  if (word === 'attempt') reading.waiting = { attempt: Number(number) };
  if (word === 'fix') reading.waiting = { fix: Number(number) };
  if (!text.startsWith('ask')) return;
  const { priority = '1', text: question = 'How should this be done?', options = '' } = readAttributes(text);
  reading.ask = {
    priority,
    text: question,
    options: options
      .split('|')
      .map((option) => option.trim())
      .filter(Boolean),
  };
}

function readBlock(reading: Reading, part: FencedPart): void {
  const only = reading.waiting ?? reading.labelOnly;
  reading.waiting = undefined;
  const { label, group } = reading;
  const target = label && label.role !== 'none' ? targetOf(reading, label, part) : undefined;
  if (!label || label.role === 'none' || !target) return;
  reading.blocks.push({ ...target, role: label.role, text: part.text, group, ...(only ? { only } : {}) });
}

const shells = new Set(['bash', 'sh', 'shell', 'zsh', 'console']);

/** The label's path, else the block's own, else a command for a shell block, else a file listed for the step. */
function targetOf(
  reading: Reading,
  label: Label,
  part: FencedPart,
): Pick<StepBlock, 'do' | 'action' | 'path'> | undefined {
  const path = label.path ?? ownPath(part);
  if (path !== undefined) return { do: 'write', action: label.action, path };
  if (shells.has(part.info.split(/\s/)[0]?.toLowerCase() ?? '')) return { do: 'run', action: label.action, path: '' };
  const listed = reading.files.find(({ isTest }) => isTest === (label.role === 'tests'));
  return listed && { do: 'write', action: listed.action, path: listed.path };
}

/** A path in the fence's info (`js title="src/x.js"`) or alone in a comment on the first line (`// src/x.js`). */
function ownPath({ info, text }: FencedPart): string | undefined {
  const { title, file, path } = readAttributes(info);
  const comment = /^\s*(?:\/\/|#|--|<!--|\/\*)\s*(\S+)\s*(?:-->|\*\/)?\s*\n/.exec(text)?.[1];
  const named = title ?? file ?? path ?? (comment?.includes('/') && comment.includes('.') ? comment : undefined);
  return named !== undefined && isPath(named) ? named : undefined;
}
