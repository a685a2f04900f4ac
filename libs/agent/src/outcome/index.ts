export { afterEnding, type AfterEnding } from './after-ending';
export type { Observed, RateLimit } from './observed';
export { describeOutcome, outcomeOf, turnOutcomes, type TurnOutcome } from './outcome';
