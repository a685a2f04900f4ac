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
import { indentOf } from './lines';
import { Outline } from './outline';

const suiteLine = /^(PASS|FAIL) +(?:\S.* )?(\S+\.[cm]?[jt]sx?)(?: \([\d.]+ m?s\))?$/;
const suitesSummary = /^Test Suites: +(\S.*\btotal)$/;
const testsSummary = /^Tests: +(\S.*\btotal)$/;
const noneFound = /^No tests found, exiting with code \d/;
const emptySuite = /^ +Your test suite must contain at least one test\.$/;
const mark = /^( +)([✓√✕×○✎]) (?:(?:skipped|todo) )?(.+?)(?: \([\d.]+ m?s\))?$/;
const failureHeading = /^ {2}● (.+)$/;
const statuses: Record<string, TestStatus> = { '✓': 'passed', '√': 'passed', '✕': 'failed', '×': 'failed' };

const number = (text: string, what: string): number => Number(new RegExp(`(\\d+) (?:${what})\\b`).exec(text)?.[1] ?? 0);

const readCounts = (text: string): TestCounts =>
  counts(number(text, 'passed'), number(text, 'failed'), number(text, 'skipped') + number(text, 'todo'));

interface Summary {
  readonly tests: TestCounts;
  readonly suites: string;
}

/** What stands between two summaries: the files reported, and their tests where the reporter prints them. */
class JestRun {
  readonly names: NamedTest[] = [];
  readonly headings = new Set<string>();
  readonly broken = new Set<string>();
  private readonly files = { PASS: new Set<string>(), FAIL: new Set<string>() };
  private readonly outline = new Outline();
  private file: string | null = null;
  private listing = false;

  read(line: string): void {
    const suite = suiteLine.exec(line);
    if (suite) return this.begin(suite[1] as 'PASS' | 'FAIL', suite[2]!);
    if (this.file === null) return;
    if (line.trim() === '') this.listing = false;
    else if (emptySuite.test(line)) this.broken.delete(this.file);
    else if (this.listing) this.list(line);
    const heading = failureHeading.exec(line)?.[1];
    if (heading === 'Test suite failed to run') this.broken.add(this.file);
    else if (heading) this.headings.add([this.file, ...heading.split(' › ')].join(separator));
  }

  /** A summary that a test printed doesn't agree with the files reported before it. */
  agrees(summary: Summary): boolean {
    const { PASS, FAIL } = this.files;
    return number(summary.suites, 'passed') === PASS.size && number(summary.suites, 'failed') === FAIL.size;
  }

  private begin(word: 'PASS' | 'FAIL', path: string): void {
    this.file = path.replace(/^\.\//, '');
    // With many files Jest repeats the failing ones in a section of their own.
    this.listing = !this.files[word].has(this.file);
    this.files[word].add(this.file);
    this.outline.clear();
  }

  private list(line: string): void {
    const test = mark.exec(line);
    if (!test && !failureHeading.test(line)) return this.outline.heading(indentOf(line), line.trim());
    if (!test) return;
    const path = this.outline.path(test[1]!.length, test[3]!);
    this.names.push({ name: this.file + separator + path, status: statuses[test[2]!] ?? 'skipped' });
  }
}

interface Sum {
  tests: TestCounts;
  names: NamedTest[];
  failing: string[];
  broken: number;
  seen: boolean;
}

const add = (sum: Sum, run: JestRun, tests: TestCounts): void => {
  sum.tests = addCounts(sum.tests, tests);
  sum.names.push(...run.names);
  sum.failing.push(...new Set([...failingOf(run.names), ...run.headings, ...run.broken]));
  sum.broken += run.broken.size;
  sum.seen = true;
};

export const readJest = (lines: readonly string[]): RunnerReport | null => {
  const sum: Sum = { tests: noTests, names: [], failing: [], broken: 0, seen: false };
  let run = new JestRun();
  let last: Summary | null = null;
  const close = (tests: TestCounts): void => {
    add(sum, run, tests);
    run = new JestRun();
    last = null;
  };
  lines.forEach((line, index) => {
    if (noneFound.test(line)) sum.seen = true;
    const suites = suitesSummary.exec(line)?.[1];
    const tests = suites === undefined ? undefined : testsSummary.exec(lines[index + 1] ?? '')?.[1];
    if (tests !== undefined) {
      last = { suites: suites!, tests: readCounts(tests) };
      if (run.agrees(last)) close(last.tests);
    } else run.read(line);
  });
  const left = last as Summary | null;
  if (left) close(left.tests);
  if (!sum.seen) return null;
  return {
    runner: 'jest',
    tests: sum.tests,
    failing: sum.failing,
    names: sum.names,
    brokenSuites: sum.broken,
    incomplete: false,
  };
};
