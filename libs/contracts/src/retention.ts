import { z } from 'zod';
import { budgetUse, projectBudget } from './budget';

/**
 * What is kept of runs that have ended, and for how long. Results, steps, attempts, verifications, questions and the conversation are
 * kept for good; these four may go. What a run that is under way needs is never touched, whatever the limits say.
 */
export const retentionKind = z.enum(['workspaces', 'output', 'snapshots', 'events']);
export type RetentionKind = z.infer<typeof retentionKind>;

/** Null: no limit. What is left out is the installation's. */
export const retentionLimit = z.strictObject({
  /** Days after a run has ended. */
  days: z.int().min(0).max(36_500).nullable(),
  /** Of all the project's runs together, live ones included. */
  bytes: z.int().min(0).nullable(),
});
export type RetentionLimit = z.infer<typeof retentionLimit>;

const said = retentionLimit.partial().optional();
/** What a project says over the installation's limits. */
export const retention = z.strictObject({ workspaces: said, output: said, snapshots: said, events: said });
export type Retention = z.infer<typeof retention>;

export const pruneReason = z.enum(['age', 'quota']);
export type PruneReason = z.infer<typeof pruneReason>;

const stored = z.object({ bytes: z.int().nonnegative(), limit: retentionLimit });

/** What a project has used of its budget, what is kept of its runs, and what went last. */
export const projectUsage = z.object({
  budget: z.object({
    limits: projectBudget,
    /** Within `limits.perDays`, or ever. */
    used: budgetUse,
  }),
  /** In the database, as it is stored. Workspaces lie on the executors' disks. */
  storage: z.object({ output: stored, snapshots: stored, events: stored }),
  /** The newest first, at most 100. */
  pruned: z.array(
    z.object({
      runId: z.uuid(),
      kind: retentionKind,
      bytes: z.int().nonnegative(),
      reason: pruneReason,
      prunedAt: z.string(),
    }),
  ),
});
export type ProjectUsage = z.infer<typeof projectUsage>;
