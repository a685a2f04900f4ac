import type { HeadingPiece, Piece } from './pieces';

/** A heading and what stands below it. The part before the first heading is a section without one. */
export interface Section {
  readonly heading: HeadingPiece | null;
  readonly depth: number;
  readonly title: string;
  readonly start: number;
  /** Where the next heading begins, of any depth. */
  ownEnd: number;
  /** Where the next heading begins that is not below this one. */
  end: number;
  readonly pieces: Piece[];
  readonly parent: Section | null;
  readonly children: Section[];
}

const newSection = (heading: HeadingPiece | null, parent: Section | null, end: number): Section => ({
  heading,
  depth: heading?.depth ?? 0,
  title: heading?.text ?? '',
  start: heading?.start ?? 0,
  ownEnd: end,
  end,
  pieces: [],
  parent,
  children: [],
});

/** Sections in document order, the headingless root first. */
export const readOutline = (pieces: readonly Piece[], length: number): Section[] => {
  let current = newSection(null, null, length);
  const all = [current];
  for (const piece of pieces) {
    if (piece.type !== 'heading') {
      current.pieces.push(piece);
      continue;
    }
    current.ownEnd = piece.start;
    let parent: Section = current;
    while (parent.parent && parent.depth >= piece.depth) {
      parent.end = piece.start;
      parent = parent.parent;
    }
    current = newSection(piece, parent, length);
    parent.children.push(current);
    all.push(current);
  }
  return all;
};

/** A section's pieces and its descendants', in order, each sub-heading before its own. */
export const allPieces = (section: Section): Piece[] => [
  ...section.pieces,
  ...section.children.flatMap((child) => [...(child.heading ? [child.heading] : []), ...allPieces(child)]),
];

export const ancestors = (section: Section): Section[] => {
  const found: Section[] = [];
  for (let at = section.parent; at?.heading; at = at.parent) found.push(at);
  return found;
};
