import type { StepRow } from '@lockstep/database';
import type { RunStepState } from '@lockstep/plan';

/** A run's row as libs/plan compares it with a document. */
export const toStepState = ({ is_leaf: isLeaf, ...row }: StepRow): RunStepState => ({
  key: row.key,
  parent: row.parent,
  position: row.position,
  isLeaf,
  title: row.title,
  status: row.status,
  round: row.round,
  section: row.section,
});
