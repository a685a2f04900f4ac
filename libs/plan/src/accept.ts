import { Fault, type FaultCode, type PlanDocument, type PlanProblem } from '@lockstep/contracts';

/** Errors that have a fault of their own; every other one makes the plan `plan_invalid`. */
const own: ReadonlySet<string> = new Set<FaultCode>([
  'plan_unparseable',
  'plan_too_large',
  'plan_too_deep',
  'no_verification',
]);

const codeOf = (errors: readonly PlanProblem[]): FaultCode => {
  const codes = new Set(errors.map((error) => error.code));
  const [only] = codes;
  return codes.size === 1 && only !== undefined && own.has(only) ? (only as FaultCode) : 'plan_invalid';
};

/**
 * The plan itself when it has no error; warnings don't matter.
 * @throws Fault plan_unparseable, plan_too_large, plan_too_deep, no_verification or plan_invalid, with a place for each error
 */
export const acceptPlan = (plan: PlanDocument): PlanDocument => {
  const errors = plan.problems.filter((each) => each.severity === 'error');
  const [first] = errors;
  if (!first) return plan;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new Fault(codeOf(errors), `${first.line}:${first.column} ${first.message}${more} ${first.hint}`, errors);
};
