import { z } from 'zod';

/** What was learned while a step was carried out; offered to later steps and later runs of the same project. */
export const lesson = z.object({
  id: z.uuid(),
  what: z.string(),
  /** Where it showed itself. */
  evidence: z.string().nullable(),
  runId: z.uuid(),
  stepKey: z.string(),
  round: z.int(),
  commitSha: z.string().nullable(),
  /** RFC 3339. */
  learnedAt: z.string(),
});
export type Lesson = z.infer<typeof lesson>;
