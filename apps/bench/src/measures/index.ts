import { acceptToStart } from './accept-to-start';
import { markerToClient } from './marker-to-client';
import type { Measure } from './measure';
import { stepFloor, stepOverhead } from './step-overhead';
import { wholePlan } from './whole-plan';
import { workspace } from './workspace';

/** In the order in which they are printed within what they need. */
export const measures: readonly Measure[] = [
  workspace,
  acceptToStart,
  markerToClient,
  stepFloor,
  stepOverhead,
  wholePlan,
];
