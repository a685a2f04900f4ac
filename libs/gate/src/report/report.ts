import type { TestCounts } from '@lockstep/contracts';

export type Runner =
  'node-test' | 'tap' | 'jest' | 'vitest' | 'mocha' | 'pytest' | 'unittest' | 'go' | 'cargo' | 'junit';

export type TestStatus = 'passed' | 'failed' | 'skipped';

export interface NamedTest {
  /** As specific as the report allows: file or package, suites, test, joined with ` > `. */
  readonly name: string;
  readonly status: TestStatus;
}

/** What one kind of runner said in one output; several of its runs are summed. */
export interface RunnerReport {
  readonly runner: Runner;
  readonly tests: TestCounts;
  readonly failing: readonly string[];
  readonly names: readonly NamedTest[];
  /** Whether every test counted is named. Absent: when there are as many names as tests. */
  readonly namesComplete?: boolean;
  /** Files or packages that could not be loaded, so that their tests never ran. */
  readonly brokenSuites: number;
  /** The runner began and never came to its summary: a crash, or code under test that ended the process. */
  readonly incomplete: boolean;
}

/** Lines come without ANSI codes and without carriage returns, cut to a bounded length. Pure, linear, never throws. */
export type ReportReader = (lines: readonly string[]) => RunnerReport | null;

export const separator = ' > ';

export const noTests: TestCounts = { passed: 0, failed: 0, skipped: 0, total: 0 };

export const counts = (passed: number, failed: number, skipped: number): TestCounts => ({
  passed,
  failed,
  skipped,
  total: passed + failed + skipped,
});

export const addCounts = (left: TestCounts, right: TestCounts): TestCounts => ({
  passed: left.passed + right.passed,
  failed: left.failed + right.failed,
  skipped: left.skipped + right.skipped,
  total: left.total + right.total,
});

export const countNames = (names: readonly NamedTest[]): TestCounts => {
  const of = (status: TestStatus) => names.reduce((sum, each) => sum + (each.status === status ? 1 : 0), 0);
  return counts(of('passed'), of('failed'), of('skipped'));
};

export const failingOf = (names: readonly NamedTest[]): string[] =>
  names.filter((each) => each.status === 'failed').map((each) => each.name);
