import { addCounts, counts, failingOf, noTests, type NamedTest, type RunnerReport, type TestStatus } from './report';
import { indentOf } from './lines';
import { Outline } from './outline';

const passing = /^ {2}(\d+) passing \(\d+(?:\.\d+)?m?s?[a-z]*\)$/;
const others = /^ {2}(\d+) (pending|failing)$/;
const mark = /^( +)(✔|✓|√|-|\d+\)) (.+?)(?: \(\d+m?s\))?$/;

const statusOf = (sign: string): TestStatus => (sign === '-' ? 'skipped' : sign.endsWith(')') ? 'failed' : 'passed');

/** Mocha's `spec` reporter: an outline, then `N passing`, `N pending`, `N failing`, each failing test told once more. */
export const readMocha = (lines: readonly string[]): RunnerReport | null => {
  const names: NamedTest[] = [];
  const outline = new Outline();
  let tests = noTests;
  let runs = 0;
  let summing = false;
  for (const line of lines) {
    const passed = passing.exec(line);
    const other = summing ? others.exec(line) : null;
    const test = mark.exec(line);
    if (passed) {
      tests = addCounts(tests, counts(Number(passed[1]), 0, 0));
      runs += 1;
      summing = true;
    } else if (other) {
      const count = Number(other[1]);
      tests = addCounts(tests, other[2] === 'failing' ? counts(0, count, 0) : counts(0, 0, count));
    } else if (line.trim() !== '') {
      if (summing) {
        outline.clear();
        // What follows `N failing` repeats the failures; a new run begins with an outline after a line of its own.
        summing = false;
      }
      if (test) names.push({ name: outline.path(test[1]!.length, test[3]!), status: statusOf(test[2]!) });
      else if (indentOf(line) > 0) outline.heading(indentOf(line), line.trim());
    }
  }
  if (runs === 0) return null;
  const real = names.slice(0, tests.total);
  return {
    runner: 'mocha',
    tests,
    failing: failingOf(real),
    names: real,
    namesComplete: runs === 1 && real.length === tests.total,
    brokenSuites: 0,
    incomplete: false,
  };
};
