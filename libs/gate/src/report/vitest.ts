import { addCounts, counts, noTests, type NamedTest, type RunnerReport, type TestStatus } from './report';
import type { TestCounts } from '@lockstep/contracts';

const header = /^ *(?:RUN|DEV) +v\d+\.\d+/;
const filesSummary = /^ *Test Files +(.+) \(\d+\)$/;
const testsSummary = /^ +Tests +(no tests|.+ \(\d+\))$/;
const noneFound = /^No test (?:files|suite) found/;
const verbose = /^ *([✓×↓□]) (\S.* > .+?)(?: +\d+(?:\.\d+)?m?s)?$/;
const failure = /^ *FAIL +(.+)$/;
const emptyFile = /No test suite found in file/;
const statuses: Record<string, TestStatus> = { '✓': 'passed', '×': 'failed' };

const number = (text: string, what: string): number => Number(new RegExp(`(\\d+) ${what}\\b`).exec(text)?.[1] ?? 0);

const readCounts = (text: string): TestCounts =>
  counts(number(text, 'passed'), number(text, 'failed'), number(text, 'skipped') + number(text, 'todo'));

/** One run: from the header to its last summary; a summary printed by a test stands before the runner's own. */
class VitestReader {
  readonly names = new Map<string, NamedTest>();
  readonly failing = new Set<string>();
  readonly broken = new Set<string>();
  tests = noTests;
  seen = false;
  unfinished = false;
  private running = false;
  private pending: TestCounts | null = null;

  read(line: string, before: string): void {
    if (header.test(line)) this.begin();
    else if (noneFound.test(line)) this.pending = noTests;
    else if (testsSummary.test(line) && filesSummary.test(before)) this.pending = readCounts(line);
    else if (emptyFile.test(line)) this.broken.clear();
    else this.readName(line);
  }

  flush(): void {
    if (this.pending) this.tests = addCounts(this.tests, this.pending);
    else if (this.running) this.unfinished = true;
    this.seen ||= this.pending !== null && this.running;
    this.pending = null;
    this.running = false;
  }

  private begin(): void {
    this.flush();
    this.running = true;
    this.seen = true;
  }

  private readName(line: string): void {
    const test = verbose.exec(line);
    if (test) this.names.set(test[2]!, { name: test[2]!, status: statuses[test[1]!] ?? 'skipped' });
    const failed = failure.exec(line)?.[1]?.trim();
    if (failed?.includes(' > ')) this.failing.add(failed);
    else if (failed) this.broken.add(failed.replace(/ \[.*$/, ''));
  }
}

export const readVitest = (lines: readonly string[]): RunnerReport | null => {
  const reader = new VitestReader();
  lines.forEach((line, index) => reader.read(line, lines[index - 1] ?? ''));
  reader.flush();
  if (!reader.seen) return null;
  const { tests, names, failing, broken, unfinished } = reader;
  return {
    runner: 'vitest',
    tests,
    failing: [...failing, ...broken],
    names: [...names.values()],
    brokenSuites: broken.size,
    incomplete: unfinished,
  };
};
