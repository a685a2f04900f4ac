import { addCounts, counts, noTests, type NamedTest, type RunnerReport, type TestStatus } from './report';

const ran = /^Ran (\d+) tests? in [\d.]+s$/;
const result = /^(OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$/;
const verbose = /^(test\w*) \(([\w.]+)\)(?:.*)? \.\.\. (ok|FAIL|ERROR|skipped .*|expected failure|unexpected success)$/;
const failure = /^(?:FAIL|ERROR): (\S+) \(([\w.]+)\)/;

const statusOf = (word: string): TestStatus =>
  word === 'ok' ? 'passed' : /^skipped|^expected/.test(word) ? 'skipped' : 'failed';

const fullName = (test: string, owner: string): string => (owner.endsWith(`.${test}`) ? owner : `${owner}.${test}`);

const tally = (total: number, detail: string) => {
  const of = (word: string) => Number(new RegExp(`(?:^|, )${word}=(\\d+)`).exec(detail)?.[1] ?? 0);
  const failed = Math.min(total || Infinity, of('failures') + of('errors') + of('unexpected successes'));
  const skipped = of('skipped') + of('expected failures');
  return counts(Math.max(0, total - failed - skipped), failed, skipped);
};

/** Python's own unittest: `Ran N tests in …` and, after a blank line, `OK` or `FAILED (…)`. */
export const readUnittest = (lines: readonly string[]): RunnerReport | null => {
  const names = new Map<string, NamedTest>();
  let tests = noTests;
  let total: number | null = null;
  let finished = false;
  for (const line of lines) {
    total = ran.test(line) ? Number(ran.exec(line)![1]) : total;
    const end = total === null ? null : result.exec(line);
    if (end) {
      tests = addCounts(tests, tally(total!, end[2] ?? ''));
      finished = true;
      total = null;
    }
    const named = verbose.exec(line);
    if (named)
      names.set(fullName(named[1]!, named[2]!), { name: fullName(named[1]!, named[2]!), status: statusOf(named[3]!) });
    const failed = failure.exec(line);
    if (failed)
      names.set(fullName(failed[1]!, failed[2]!), { name: fullName(failed[1]!, failed[2]!), status: 'failed' });
  }
  if (!finished && total === null) return null;
  const all = [...names.values()];
  const failing = all.filter((each) => each.status === 'failed').map((each) => each.name);
  return { runner: 'unittest', tests, failing, names: all, brokenSuites: 0, incomplete: total !== null };
};
