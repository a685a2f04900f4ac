import { z } from 'zod';
import { plan } from './http';
import { stepStatus } from './states';

/**
 * What an amended plan does to each step of its run.
 * `keep`: as it is · `reopen`: done, and carried out again in a new round; or left out, and carried out after all · `restart`: begun, and begun again ·
 * `insert`: new · `skip`: no longer in the plan, and not carried out.
 */
export const stepEffect = z.enum(['keep', 'reopen', 'restart', 'insert', 'skip']);
export type StepEffect = z.infer<typeof stepEffect>;

/** How the step's own text compares with the version before. */
export const stepChange = z.enum(['unchanged', 'changed', 'added', 'removed']);
export type StepChange = z.infer<typeof stepChange>;

export const stepImpact = z.object({
  key: z.string(),
  title: z.string(),
  parent: z.string().nullable(),
  isLeaf: z.boolean(),
  change: stepChange,
  effect: stepEffect,
  /** Null for a step that is new. */
  from: stepStatus.nullable(),
  to: stepStatus,
  /** The round that the step is in afterwards. */
  round: z.int().min(1),
  /** Why, in words for a person. */
  reason: z.string(),
});
export type StepImpact = z.infer<typeof stepImpact>;

/** In the order in which the run has its steps afterwards. */
export const amendmentImpact = z.object({
  steps: z.array(stepImpact),
  /** Prerequisites or baseline differ: they are checked again before the next step. */
  groundChanged: z.boolean(),
  /** Work that was begun is thrown away, because the step it belongs to doesn't come next any more. */
  discardsWork: z.boolean(),
});
export type AmendmentImpact = z.infer<typeof amendmentImpact>;

export const amendRun = z.strictObject({
  /** The whole document, as amended. */
  document: z.string(),
});
export type AmendRun = z.infer<typeof amendRun>;

/** A stored amendment: a draft that `POST /plans/:id/approve` puts into effect. */
export const amendment = z.object({ plan, impact: amendmentImpact });
export type Amendment = z.infer<typeof amendment>;
