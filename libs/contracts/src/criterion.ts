import { z } from 'zod';

/**
 * Each item of a plan's success criteria and of its checklist, with what became of it. `proved`: Lockstep ran what shows it ·
 * `attested`: a named person said so · `unproven`: neither, yet.
 */
export const criterionStates = ['proved', 'attested', 'unproven'] as const;

/**
 * How an item and its proof hang together. `command`: the item names commands · `step`: it names steps · `tests`: it names tests · `file`: it
 * names files that steps declare · `suite`: it speaks of all tests · `whole`: nothing links it, and all that is known is that the
 * final validation as a whole passed.
 */
export const criterionProofs = ['command', 'step', 'tests', 'file', 'suite', 'whole'] as const;

const proof = z.object({
  /** Null: the final validation as a whole. */
  command: z.string().nullable(),
  /** `sha256:…` of the command's output; of the whole evidence where there is no command. */
  digest: z.string().nullable(),
});

export const criterionEvidence = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('proved'),
    by: z.enum(criterionProofs),
    /** The steps, tests or files by which it is linked. */
    names: z.array(z.string()),
    proofs: z.array(proof).min(1),
  }),
  z.object({
    state: z.literal('attested'),
    /** Who said so. */
    by: z.string(),
    at: z.string().nullable(),
    note: z.string().nullable(),
  }),
  z.object({
    state: z.literal('unproven'),
    /** Why not, where it is known. */
    note: z.string().nullable(),
  }),
]);
export type CriterionEvidence = z.infer<typeof criterionEvidence>;

export const criterion = z.object({
  list: z.enum(['criteria', 'checklist']),
  /** In its list, from 1. */
  number: z.int().min(1),
  text: z.string(),
  evidence: criterionEvidence,
});
export type Criterion = z.infer<typeof criterion>;

export const criteria = z.array(criterion);
