import {
  addCounts,
  counts,
  failingOf,
  noTests,
  separator,
  type NamedTest,
  type RunnerReport,
  type TestStatus,
} from './report';
import type { TestCounts } from '@lockstep/contracts';

const target = /^ +(?:Running (?:unittests )?(\S+)(?: \(.*\))?|Doc-tests (\S+))$/;
const begin = /^running (\d+) tests?$/;
const test = /^test (.+) \.\.\. (ok|FAILED|ignored)(?:,? .*)?$/;
const result =
  /^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured; \d+ filtered out(?:; .*)?$/;
const uncompiled = /^error: could not compile `([^`]+)`/;
const statuses: Record<string, TestStatus> = { ok: 'passed', FAILED: 'failed', ignored: 'skipped' };

/** One test binary. Its result must add up to the tests it began with: one that a test printed seldom does. */
class CargoReader {
  tests = noTests;
  readonly names: NamedTest[] = [];
  readonly broken = new Set<string>();
  seen = false;
  unfinished = false;
  private target = '';
  private expected: number | null = null;
  private pending: TestCounts | null = null;

  read(line: string): void {
    const named = target.exec(line);
    const started = begin.exec(line);
    const ended = result.exec(line);
    const one = test.exec(line);
    if (named) this.target = named[1] ?? named[2]!;
    else if (started) this.begin(Number(started[1]));
    else if (ended) this.end(ended.slice(1, 5).map(Number));
    else if (one) this.names.push({ name: this.target + separator + one[1]!, status: statuses[one[2]!]! });
    const failed = uncompiled.exec(line)?.[1];
    if (failed) this.broken.add(failed);
  }

  flush(): void {
    if (this.pending) this.tests = addCounts(this.tests, this.pending);
    else if (this.expected !== null) this.unfinished = true;
    this.pending = null;
    this.expected = null;
  }

  private begin(expected: number): void {
    this.flush();
    this.seen = true;
    this.expected = expected;
  }

  private end([passed = 0, failed = 0, ignored = 0, measured = 0]: number[]): void {
    const told = counts(passed + measured, failed, ignored);
    if (this.expected !== null && told.total === this.expected) this.pending = told;
  }
}

export const readCargo = (lines: readonly string[]): RunnerReport | null => {
  const reader = new CargoReader();
  lines.forEach((line) => reader.read(line));
  reader.flush();
  if (!reader.seen && reader.broken.size === 0) return null;
  const { tests, names, broken } = reader;
  return {
    runner: 'cargo',
    tests,
    failing: [...failingOf(names), ...broken],
    names,
    brokenSuites: broken.size,
    incomplete: reader.unfinished,
  };
};
