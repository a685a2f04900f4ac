import type { PlanReading, PlanStepStatus } from '@lockstep/contracts';
import type { Piece } from '../markdown/pieces';

/** A step as it was found: its place in the document and in the tree, before its text is read. */
export interface StepSpan {
  key: string;
  title: string;
  /** The heading or marker's own words, for problems. */
  readonly heading: string;
  readonly start: number;
  readonly end: number;
  /** The step's own pieces: without its heading or marker, without its sub-steps. */
  readonly pieces: readonly Piece[];
  parent: string | null;
  after: string[];
  alternativeOf: string | null;
  reading: PlanReading;
  /** Null where the place of the step says nothing. */
  status: PlanStepStatus | null;
  complexity: string | null;
}
