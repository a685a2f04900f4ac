import type { PlanCode, PlanCodeAction } from '@lockstep/contracts';
import type { CodePiece, LinePiece } from '../markdown/pieces';
import { actionIn, isTestPath, pathsIn } from './paths';
import type { Part } from './parts';
import { isShell, onlyCommits, scriptOf } from './scripts';

/** The file a block goes into. */
interface Target {
  readonly path: string;
  readonly action: PlanCodeAction;
}

export interface Block extends Omit<PlanCode, 'line'> {
  readonly start: number;
  readonly test: boolean;
}

const targetIn = (text: string, said: boolean): Target | null => {
  const [path] = pathsIn(text, said);
  return path === undefined ? null : { path, action: actionIn(text) ?? 'write' };
};

/** A line right above a block that names its file: "Create `a.ts`:", "**`a.ts`**", "File: a.ts". */
const lineTarget = (piece: LinePiece): Target | null => {
  const text = piece.text;
  const says = actionIn(text) !== null || /^\W*(?:files?|path|in)\b/i.test(text) || /:\s*$/.test(text);
  return says || /^[*_]*`[^`]+`[*_]*$/.test(text) ? targetIn(text, says) : null;
};

const infoTarget = (piece: CodePiece): Target | null => {
  const path =
    /(?:title|file(?:name)?|path)\s*[=:]\s*["']?([^"'\s}]+)/i.exec(piece.info)?.[1] ?? piece.info.split(/\s/)[0];
  return path ? targetIn(path, false) : null;
};

/** A first line that is nothing but a comment with the file's path. */
const commentTarget = (piece: CodePiece): Target | null => {
  const first = piece.content.split(/\r\n|\n|\r/, 1)[0] ?? '';
  const path = /^\s*(?:\/\/|#|--|;|<!--|\/\*)\s*(?:file(?:name)?:\s*)?(\S+?)\s*(?:-->|\*\/)?\s*$/i.exec(first)?.[1];
  return path ? targetIn(path, false) : null;
};

const scriptAction = (piece: CodePiece): PlanCodeAction => {
  const script = scriptOf(piece.content);
  if (!script) return 'show';
  return onlyCommits(script.command) ? 'commit' : 'run';
};

const blockOf = (piece: CodePiece, target: Target | null, tests: boolean): Block => {
  const found = infoTarget(piece) ?? target ?? commentTarget(piece);
  const script = isShell(piece) && (found === null || !/\.(?:sh|bash|zsh|ps1)$/.test(found.path));
  return {
    path: script ? null : (found?.path ?? null),
    action: script ? scriptAction(piece) : (found?.action ?? 'show'),
    language: piece.language,
    content: piece.content,
    start: piece.start,
    test: !script && (tests || (found !== null && isTestPath(found.path))),
  };
};

/** The code blocks of a part, each with the file that the label, the line above or the block itself names. */
export const blocksOf = (part: Part, taken: ReadonlySet<number>): Block[] => {
  const { label } = part;
  const named = targetIn(`${label.note} ${label.rest}`, true) ?? targetIn(label.name, false);
  const action = named && named.action === 'write' ? actionIn(label.name) : null;
  const own = named && action ? { ...named, action } : named;
  let above: Target | null = null;
  const blocks: Block[] = [];
  for (const piece of part.pieces) {
    if (piece.type === 'line') above = lineTarget(piece) ?? (piece.item ? above : null);
    if (piece.type !== 'code' || taken.has(piece.start)) continue;
    blocks.push(blockOf(piece, above ?? own, label.kind === 'tests'));
    above = null;
  }
  return blocks;
};
