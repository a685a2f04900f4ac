import type { Piece } from '../markdown/pieces';
import { headingLabel, readLabel, type Label, type LabelKind } from './labels';

/** A labelled stretch of a step: the label and the pieces up to the next one. The first part has no label of its own. */
export interface Part {
  readonly label: Label;
  readonly start: number;
  readonly pieces: Piece[];
}

const introduction: Label = { kind: 'intro', title: '', name: '', note: '', rest: '' };

/** Labels that also count at the head of a list item; any other bold word there is just emphasis. */
const inItems: ReadonlySet<LabelKind> = new Set<LabelKind>([
  'verification',
  'run',
  'expected',
  'files',
  'goal',
  'output',
  'depends',
  'status',
  'complexity',
  'acceptance',
  'commit',
]);

/** Parts whose items are prose about the work, where a bold word is the name of a thing. */
const prose: ReadonlySet<LabelKind> = new Set<LabelKind>(['acceptance', 'specification', 'why', 'affected']);

export const isMicro = (label: Label): boolean => /^(?:sub-?)?step\s+\d/.test(label.name);

const labelOf = (piece: Piece, current: Label): Label | null => {
  if (piece.type === 'heading') return headingLabel(piece.text);
  if (piece.type !== 'line' || piece.quote) return null;
  const label = readLabel(piece.text);
  if (!label || !piece.item) return label;
  if (isMicro(label)) return label;
  const counts =
    inItems.has(label.kind) && !(prose.has(current.kind) && label.kind !== 'run' && label.kind !== 'expected');
  return counts ? label : null;
};

export const readParts = (pieces: readonly Piece[]): Part[] => {
  let part: Part = { label: introduction, start: pieces[0]?.start ?? 0, pieces: [] };
  const parts = [part];
  for (const piece of pieces) {
    const label = labelOf(piece, part.label);
    if (!label) {
      part.pieces.push(piece);
      continue;
    }
    part = { label, start: piece.start, pieces: piece.type === 'line' && piece.item ? [piece] : [] };
    parts.push(part);
  }
  return parts;
};
