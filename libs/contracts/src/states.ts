import { z } from 'zod';

/**
 * The state names of contracts.md §2. Which move leads from one to another is `libs/domain`'s tables; here are only the words,
 * because clients, the database and the feed share them.
 */
export const planStatus = z.enum(['draft', 'approved', 'rejected', 'superseded']);
export type PlanStatus = z.infer<typeof planStatus>;

export const stepStatus = z.enum(['pending', 'in_progress', 'blocked', 'needs_review', 'completed', 'skipped']);
export type StepStatus = z.infer<typeof stepStatus>;

export const runStatus = z.enum(['queued', 'running', 'blocked', 'paused', 'completed', 'failed', 'cancelled']);
export type RunStatus = z.infer<typeof runStatus>;

/** Why a run that isn't moving isn't. `predecessor`: the run that it comes after is not delivered yet. */
export const waitReason = z.enum([
  'slot',
  'credential',
  'budget',
  'question',
  'review',
  'person',
  'advance',
  'predecessor',
]);
export type WaitReason = z.infer<typeof waitReason>;

/** Whether the provider takes requests with a key at the moment. */
export const credentialState = z.enum(['open', 'paused', 'half_open']);
export type CredentialState = z.infer<typeof credentialState>;

/** What a provider refuses requests for: they come too fast, the allowance is used up, or it has too much to do itself. */
export const providerLimit = z.enum(['rate', 'usage', 'overload']);
export type ProviderLimit = z.infer<typeof providerLimit>;

export const attemptOutcome = z.enum([
  'passed',
  'failed',
  'blocked',
  'timed_out',
  'interrupted',
  'lost',
  'rate_limited',
  'infra_error',
  'cancelled',
]);
export type AttemptOutcome = z.infer<typeof attemptOutcome>;

export const questionStatus = z.enum(['open', 'answered', 'withdrawn', 'expired']);
export type QuestionStatus = z.infer<typeof questionStatus>;

/** A `blocker` stops the run until it is answered; a `decision` is shown and the run goes on. */
export const questionCategory = z.enum(['blocker', 'decision']);
export type QuestionCategory = z.infer<typeof questionCategory>;

export const stageName = z.enum(['plan_review', 'implementation', 'delivery']);
export type StageName = z.infer<typeof stageName>;

export const stageNumbers = { plan_review: 2, implementation: 3, delivery: 4 } as const satisfies Record<
  StageName,
  number
>;

/** What became of one verification command. */
export const verdict = z.enum([
  'passed',
  'failed',
  'no_tests',
  'all_skipped',
  'expected_failure_met',
  'flaky',
  'timed_out',
  'infra_error',
]);
export type Verdict = z.infer<typeof verdict>;

/** The verdicts that let a step, a prerequisite or a run through. */
export const lettingThrough = ['passed', 'expected_failure_met', 'flaky'] as const satisfies readonly Verdict[];

export const letsThrough = (check: { readonly verdict: Verdict }): boolean =>
  lettingThrough.some((verdict) => verdict === check.verdict);

export const advanceMode = z.enum(['auto', 'manual']);
export type AdvanceMode = z.infer<typeof advanceMode>;

export const profileName = z.enum(['feature', 'poc', 'staged']);
export type ProfileName = z.infer<typeof profileName>;

/** Counts as the runner reported them; `total` includes skipped tests. */
export const testCounts = z.object({
  passed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
  total: z.int().nonnegative(),
});
export type TestCounts = z.infer<typeof testCounts>;

/** Tokens as the Messages API reports them. */
export const tokenUsage = z.object({
  input: z.int().nonnegative(),
  output: z.int().nonnegative(),
  cacheRead: z.int().nonnegative(),
  cacheWrite: z.int().nonnegative(),
});
export type TokenUsage = z.infer<typeof tokenUsage>;
