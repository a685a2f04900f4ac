import type { PlanDocument } from '@lockstep/contracts';
import { parsePlan, type ParseOptions } from './parse';

/** The document's text, byte for byte as it was read. */
export const printPlan = (plan: Pick<PlanDocument, 'layout' | 'steps'>): string =>
  plan.layout.map((part) => (typeof part === 'string' ? part : (plan.steps[part]?.section ?? ''))).join('');

/**
 * The plan with another text for one step; every other byte stays. The result is read anew, so that a new text may also
 * rename or split the step. An unknown key changes nothing.
 */
export const editStep = (
  plan: PlanDocument,
  key: string,
  edit: (section: string) => string,
  options: ParseOptions = {},
): PlanDocument => {
  const at = plan.steps.findIndex((step) => step.key === key);
  const steps = plan.steps.map((step, index) => (index === at ? { ...step, section: edit(step.section) } : step));
  return parsePlan(printPlan({ layout: plan.layout, steps }), { profile: plan.profile, ...options });
};
