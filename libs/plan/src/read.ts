import type { PlanDialect, PlanProblem, PlanStep } from '@lockstep/contracts';
import { readOutline, type Section } from './markdown/outline';
import { readPieces, type Piece } from './markdown/pieces';
import { Lines } from './problems';
import { readStep } from './steps/body';
import { findCandidates, promoteBoldSteps, type Candidates } from './steps/candidates';
import { resolveDependencies } from './steps/dependencies';
import { blankMarkers, findMarkers, markedSteps } from './steps/markers';
import type { StepSpan } from './steps/span';
import { spansOf } from './steps/tree';
import { roleOf } from './sections/names';

/** A document taken apart: its steps, and the sections that are none. */
export interface Reading {
  /** Without a byte order mark; offsets are its. */
  readonly text: string;
  readonly lines: Lines;
  readonly pieces: readonly Piece[];
  readonly dialect: PlanDialect;
  readonly spans: readonly StepSpan[];
  readonly steps: PlanStep[];
  /** Keys of steps whose checks were read from their tasks. */
  readonly inferred: ReadonlySet<string>;
  /** Sections outside every step, in order. */
  readonly sections: readonly Section[];
  readonly problems: PlanProblem[];
}

/** Pieces that no step covers. Spans are in document order and never overlap. */
const uncovered = (pieces: readonly Piece[], spans: readonly StepSpan[]): Piece[] => {
  let at = 0;
  return pieces.filter((piece) => {
    while ((spans[at]?.end ?? Infinity) <= piece.start) at += 1;
    return piece.start < (spans[at]?.start ?? Infinity);
  });
};

const dialectOf = (found: Candidates, sections: readonly Section[], pieces: readonly Piece[]): PlanDialect => {
  const [unit] = found.units;
  if (!unit) return 'unknown';
  const validated = sections.some((section) => roleOf(section.title) === 'validation');
  if (validated && (unit.word === 'task' || unit.word === 'iteration')) return 'ralphex';
  const filed = pieces.some((piece) => piece.type === 'line' && /^\*\*Files:?\*\*:?$/.test(piece.text));
  if (unit.word === 'task' && filed) return 'superpowers';
  if (found.groups.length > 0 || unit.form === 'group') return 'phases';
  if (unit.form === 'numbered') return 'numbered';
  if (unit.word === 'task') return 'superpowers';
  const newer = sections.some((section) => roleOf(section.title) === 'deliverables');
  const row = pieces.some((piece) => piece.type === 'line' && /^\|\s*\*\*(?:Type|Created)\*\*/.test(piece.text));
  return newer || row ? 'template_newer' : 'template';
};

interface Found {
  readonly spans: StepSpan[];
  readonly dialect: PlanDialect;
  readonly pieces: readonly Piece[];
  readonly problems: PlanProblem[];
}

const headingSteps = (pieces: readonly Piece[], length: number): Found => {
  const sections = readOutline(pieces, length);
  const found = findCandidates(sections);
  const dialect = dialectOf(found, sections, pieces);
  return { spans: spansOf(found), dialect, pieces, problems: [] };
};

const findSteps = (text: string, lines: Lines): Found => {
  const markers = findMarkers(text);
  const pieces = readPieces(blankMarkers(text, markers));
  if (markers.some((marker) => marker.open)) {
    const { spans, problems } = markedSteps(markers, pieces, text, lines);
    return { spans, dialect: 'plan_step', pieces, problems };
  }
  const found = headingSteps(pieces, text.length);
  return found.spans.length > 0 ? found : headingSteps(promoteBoldSteps(pieces), text.length);
};

const markLeaves = (steps: PlanStep[]): void => {
  const parents = new Set(steps.map((step) => step.parent));
  for (const step of steps) step.leaf = !parents.has(step.key);
};

/** Takes a document apart. `text` is within the limits. */
export const readDocument = (text: string): Reading => {
  const lines = new Lines(text);
  const found = findSteps(text, lines);
  const outside = readOutline(uncovered(found.pieces, found.spans), text.length);
  resolveDependencies(found.spans);
  const mentions = !found.dialect.startsWith('template');
  const read = found.spans.map((span) => readStep(span, text, lines, mentions));
  const steps = read.map(({ step }) => step);
  markLeaves(steps);
  return {
    text,
    lines,
    pieces: found.pieces,
    dialect: found.dialect,
    spans: found.spans,
    steps,
    inferred: new Set(read.filter(({ inferred }) => inferred).map(({ step }) => step.key)),
    sections: outside.filter((section) => section.heading !== null),
    problems: found.problems,
  };
};
