import type { StepRow } from '@lockstep/database';
import type { StepState } from '@lockstep/domain';

/** Rows as the core asks about them. */
export const statesOf = <S extends StepRow>(rows: readonly S[]): (S & StepState)[] =>
  rows.map((row) => ({ ...row, isLeaf: row.is_leaf }));
