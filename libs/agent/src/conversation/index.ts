export * from './conversation';
export type { TurnLimits, TurnResult } from './turn';
