import type { RunStatus, StepStatus, TestCounts } from '@lockstep/contracts';
import type { StepFacts, TotalsFacts } from './facts';

export const unknown = 'unknown';

export const stepMarks = {
  pending: '⏳',
  in_progress: '🔄',
  blocked: '⚠️',
  needs_review: '⚠️',
  completed: '✅',
  skipped: '⚠️',
} as const satisfies Record<StepStatus, string>;

const stepWords = {
  pending: 'Pending',
  in_progress: 'In progress',
  blocked: 'Blocked',
  needs_review: 'Needs review',
  completed: 'Complete',
  skipped: 'Skipped',
} as const satisfies Record<StepStatus, string>;

const runWords = {
  queued: '⏳ Queued',
  running: '🔄 In progress',
  blocked: '⚠️ Blocked',
  paused: '⚠️ Paused',
  completed: '✅ Complete',
  failed: '⚠️ Failed',
  cancelled: '⚠️ Cancelled',
} as const satisfies Record<RunStatus, string>;

export const runWord = (status: RunStatus): string => runWords[status];

export const stepWord = (step: StepFacts): string =>
  step.beforeRun ? 'Complete before the run' : stepWords[step.status];

/** `Step 3a` for a bare number, the key itself where it says what it is. */
export const stepName = (key: string): string => (/^\d/.test(key) ? `Step ${key}` : key);

/** `1h 02m 03s`, `4m 05s`, `6.7 s`, `89 ms`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return unknown;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const minutes = Math.floor(ms / 60_000);
  const seconds = two((ms % 60_000) / 1000);
  return minutes < 60 ? `${minutes}m ${seconds}s` : `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m ${seconds}s`;
}

/** Four places below a dollar, where most steps are, two above. */
export function cost(usd: number | null | undefined, isPartial = false): string {
  if (usd === null || usd === undefined || !Number.isFinite(usd)) return unknown;
  return `${isPartial ? 'at least ' : ''}$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

export const tests = (counts: TestCounts): string =>
  `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${counts.total} total`;

export function sumTests(all: readonly (TestCounts | null)[]): TestCounts | null {
  const known = all.filter((counts) => counts !== null);
  const sum = (name: keyof TestCounts): number => known.reduce((total, counts) => total + counts[name], 0);
  return known.length === 0
    ? null
    : { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), total: sum('total') };
}

export const count = (amount: number, one: string, many = `${one}s`): string =>
  `${amount} ${amount === 1 ? one : many}`;

export const attempts = (totals: TotalsFacts): string =>
  `${count(totals.attempts, 'attempt')}, ${count(totals.fixAttempts, 'fix attempt')}`;

/** Every step and sub-step, parents before their children. */
export const allSteps = (steps: readonly StepFacts[]): StepFacts[] =>
  steps.flatMap((step) => [step, ...allSteps(step.children)]);

export const leaves = (steps: readonly StepFacts[]): StepFacts[] =>
  allSteps(steps).filter((step) => step.children.length === 0);
