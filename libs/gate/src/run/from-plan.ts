import type { PlanCommand } from '@lockstep/contracts';
import { outcomeOf, type ExpectedOutcome } from '../verdict/expectations';
import type { VerificationSpec } from './verification';

export type PlannedCommand = Required<Pick<VerificationSpec, 'script' | 'expect' | 'expectTexts' | 'optional'>>;

/** The plan's reader decides whether a failure is meant, as its preview showed it; the clause adds an exit status. */
const outcome = (texts: readonly string[], planned: PlanCommand['outcome']): ExpectedOutcome => {
  const told = outcomeOf(texts);
  return told.kind === 'exit' ? told : { kind: planned };
};

/** A command of a plan as the part of a `VerificationSpec` that the plan decides. */
export const fromPlan = (command: Pick<PlanCommand, 'command' | 'expect' | 'outcome' | 'optional'>): PlannedCommand => {
  const expectTexts = (command.expect ?? '').split('\n').filter((line) => line.trim() !== '');
  return {
    script: command.command,
    expect: outcome(expectTexts, command.outcome),
    expectTexts,
    optional: command.optional,
  };
};
