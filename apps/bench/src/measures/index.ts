import { acceptToStart } from './accept-to-start';
import { events } from './events';
import { fanOut } from './fan-out';
import { markerToClient } from './marker-to-client';
import type { Measure } from './measure';
import { stepFloor, stepOverhead } from './step-overhead';
import { throughput } from './throughput';
import { wholePlan } from './whole-plan';
import { workspace } from './workspace';

/** In the order in which they are printed within what they need. */
export const measures: readonly Measure[] = [
  workspace,
  events,
  acceptToStart,
  markerToClient,
  fanOut,
  stepFloor,
  stepOverhead,
  wholePlan,
  throughput,
];
