import type { Run, Step, TestCounts } from '@lockstep/contracts';
import type { Commit } from '../shop/repository';

export interface Outcome {
  readonly run: Run;
  readonly steps: readonly Step[];
  readonly commits: readonly Commit[];
  /** The results document as it stands on the branch. */
  readonly results: string;
}

/** What the demo promises, each broken promise as a sentence. Empty when all of them hold. */
export function brokenPromises({ run, steps, commits, results }: Outcome): string[] {
  const leaves = steps.filter(({ isLeaf }) => isLeaf);
  return [
    ...(run.status === 'completed' ? [] : [`The run is ${run.status}${run.reason ? `: ${run.reason}` : ''}.`]),
    ...commitFaults(leaves, commits, run),
    ...leaves.flatMap((step) => figureFaults(step, results)),
  ];
}

/** One commit for each leaf step in order, with its trailers, and one closing commit. */
function commitFaults(leaves: readonly Step[], commits: readonly Commit[], run: Run): string[] {
  const expected = [...leaves.map(({ key }) => key), null];
  const found = commits.map(({ step }) => step);
  const same = expected.length === found.length && expected.every((key, index) => key === found[index]);
  const strange = commits.filter((commit) => commit.run !== run.id);
  return [
    ...(same ? [] : [`The commits are for steps ${shown(found)}, expected were ${shown(expected)}.`]),
    ...strange.map(({ sha }) => `The commit ${sha.slice(0, 8)} does not name this run.`),
  ];
}

const shown = (keys: readonly (string | null)[]): string => keys.map((key) => key ?? 'closing').join(', ') || 'none';

/** The document's figures against the rows of the gate's own runs. */
function figureFaults(step: Step, results: string): string[] {
  // What ran once more, in a fresh checkout, counts in place of the first time.
  const rows = [...new Map(step.attempts.at(-1)?.verifications.map((row) => [row.command, row])).values()];
  const counts = sum(rows.flatMap(({ tests }) => (tests ? [tests] : [])));
  if (!counts || counts.total === 0) return [`The gate has no test figures for step ${step.key}.`];
  const figures = figuresOf(step.key, results);
  const expected = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${counts.total} total`;
  return figures === expected
    ? []
    : [`Step ${step.key}: the document says "${figures}", the gate counted "${expected}".`];
}

/** From the overview's row of the step: `| ✅ | Step 3a | title | attempts | figures | commit |`. */
export function figuresOf(key: string, results: string): string | undefined {
  const rows = results.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return rows.find((cells) => cells[2] === `Step ${key}`)?.[5];
}

export function sum(all: readonly TestCounts[]): TestCounts | null {
  const total = (name: keyof TestCounts): number => all.reduce((before, counts) => before + counts[name], 0);
  if (all.length === 0) return null;
  return { passed: total('passed'), failed: total('failed'), skipped: total('skipped'), total: total('total') };
}
