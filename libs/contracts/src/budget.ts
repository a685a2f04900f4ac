import { z } from 'zod';

/**
 * Budgets: what a run, or all runs of a project together, may use up before a person is asked. A budget that is used up ends
 * nothing: the run is `blocked` with `waitReason: budget` and a question, and goes on when somebody raises it.
 */
export const budgetKind = z.enum(['costUsd', 'tokens', 'seconds', 'attempts']);
export type BudgetKind = z.infer<typeof budgetKind>;

/** Whose budget: the run's own, or the one that its project's runs share. */
export const budgetScope = z.enum(['run', 'project']);
export type BudgetScope = z.infer<typeof budgetScope>;

/** Null: no limit. */
export const budgetLimits = z.strictObject({
  /** US dollars, as Claude tells them. What it did not tell is not in the sum. */
  costUsd: z.number().positive().max(1_000_000).nullable(),
  /** Every token: read, written, and both kinds of cache. */
  tokens: z.int().positive().nullable(),
  /** Seconds in which an executor drove the run. Waiting, for whatever, costs none. */
  seconds: z.int().positive().nullable(),
  /** Attempts at steps, whatever came of them. */
  attempts: z.int().positive().nullable(),
});
export type BudgetLimits = z.infer<typeof budgetLimits>;

/** What the runs of a project may use together; with `perDays`, within the last so many times 24 hours. */
export const projectBudget = budgetLimits.partial().extend({ perDays: z.int().min(1).max(366).nullable().optional() });
export type ProjectBudget = z.infer<typeof projectBudget>;

/** What was used of a budget. `costUsd` null is unknown, which isn't zero; partial: it is at least so much. */
export const budgetUse = z.object({
  costUsd: z.number().nullable(),
  costIsPartial: z.boolean(),
  tokens: z.number(),
  seconds: z.number(),
  attempts: z.int(),
});
export type BudgetUse = z.infer<typeof budgetUse>;

/** A budget that is used up. */
export const budgetCrossing = z.object({
  scope: budgetScope,
  kind: budgetKind,
  /** What counts for this run: its budget, or what it was raised to. */
  limit: z.number(),
  used: z.number(),
  /** Part of what was used is unknown: it is more. */
  atLeast: z.boolean(),
  /** The project's window, where it has one. */
  perDays: z.int().nullable(),
  /** What the question offers. */
  raiseTo: z.number(),
});
export type BudgetCrossing = z.infer<typeof budgetCrossing>;
