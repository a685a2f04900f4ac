export type { LinkedPlan } from './known';
export { linkCriterion, linkText, type CriterionLink } from './link';
export {
  judgeCriteria,
  stepCommands,
  type FinalProof,
  type PersonsWord,
  type ProofFacts,
  type RanCommand,
  type StepProof,
} from './prove';
export { readCriteria } from './read';
