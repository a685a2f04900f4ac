export { parsePlan, type ParseOptions } from './parse';
export { editStep, printPlan } from './print';
export { stepOrder } from './order';
export { planProblems, type PlanProblemCode } from './problems';
export { maxPlanBytes, maxPlanNesting } from './limits';
export * from './results';
