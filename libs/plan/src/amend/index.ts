export { amendmentImpact, type RunStepState } from './impact';
export { stepsOfPlan, type PlannedRow } from './run-steps';
export { isSameStep } from './text';
