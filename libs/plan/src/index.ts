export { acceptPlan } from './accept';
export * from './amend';
export {
  judgeCriteria,
  linkCriterion,
  linkText,
  stepCommands,
  type CriterionLink,
  type FinalProof,
  type PersonsWord,
  type ProofFacts,
  type RanCommand,
  type StepProof,
} from './criteria';
export { explain } from './explain';
export { plannedInstallations, usualInstallations } from './installations';
export { maxPlanBytes, maxPlanNesting } from './limits';
export { stepOrder } from './order';
export { parsePlan, type ParseOptions } from './parse';
export { editStep, printPlan } from './print';
export * from './profiles';
export { planProblems, type PlanProblemCode } from './problems';
export { scaffold, scaffoldProfiles } from './scaffold';
export { PlanReaders, type DeadlineOptions } from './worker/run';
export * from './results';
