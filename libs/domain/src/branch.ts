/** The branch that a run's commits go to: readable, unique, and safe as a git ref. `runId` is a uuid. */
export const runBranch = (slug: string, runId: string): string =>
  `lockstep/${slug.slice(0, 60) || 'plan'}-${runId.slice(0, 8)}`;
