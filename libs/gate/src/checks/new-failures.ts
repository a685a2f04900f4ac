import type { TestCounts } from '@lockstep/contracts';

/** What a red baseline and a later run are compared by. */
export interface FailureFacts {
  readonly tests?: TestCounts;
  readonly failing: readonly string[];
  /** A runner began and never came to its summary. */
  readonly incomplete?: boolean;
}

export interface NewFailures {
  /** Failing now and not in the baseline. */
  readonly fresh: readonly string[];
  /** Failing in both. */
  readonly known: readonly string[];
  /** Failing in the baseline, and no longer. */
  readonly fixed: readonly string[];
  /**
   * Whether the names account for every failure. Where they don't (a crash, a runner that names nothing), nobody can say that
   * only old failures are left, and the run counts as failed.
   */
  readonly decidable: boolean;
}

const accounted = ({ tests, failing, incomplete }: FailureFacts): boolean =>
  !incomplete && tests !== undefined && failing.length > 0 && failing.length >= tests.failed;

/** Against a red baseline only new failures count. Pure. */
export const newFailuresOnly = (baseline: FailureFacts, now: FailureFacts): NewFailures => {
  const before = new Set(baseline.failing);
  const after = new Set(now.failing);
  return {
    fresh: [...after].filter((name) => !before.has(name)),
    known: [...after].filter((name) => before.has(name)),
    fixed: [...before].filter((name) => !after.has(name)),
    decidable: accounted(now),
  };
};
