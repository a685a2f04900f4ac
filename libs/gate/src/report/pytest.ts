import { addCounts, counts, noTests, type NamedTest, type RunnerReport, type TestStatus } from './report';
import type { TestCounts } from '@lockstep/contracts';

const header = /^=+ test session starts =+$/;
const framed = /^=+ (.*[^=]) =+$/;
const summary =
  /^(no tests ran|\d+ [a-z]+(?: [a-z]+)?(?:, \d+ [a-z]+(?: [a-z]+)?)*) in \d+(?:\.\d+)?s(?: \([\d:, a-z]+\))?$/;
const progress = /^(?:\S+ )?[.FEsxXRuyn,-]+ +\[ *\d+%\]$/;
const word: Record<string, TestStatus> = {
  PASSED: 'passed',
  XPASS: 'passed',
  FAILED: 'failed',
  ERROR: 'failed',
  SKIPPED: 'skipped',
  XFAIL: 'skipped',
};
/** `-v`: `file::test PASSED [ 11%]`; with xdist `[gw0] [ 11%] PASSED file::test`; short summary: `FAILED file::test - why`. */
const verbose = / (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \([^()]*\))?(?: +\[ *\d+%\])?$/;
const nodeId = /^[^\s:]+::/;
const distributed = /^(?:\[gw\d+\] \[ *\d+%\] )?(PASSED|FAILED|ERROR|XFAIL|XPASS) ([^\s:]+::.+)$/;
const brokenFile = /^ERROR (\S+\.py)(?: - .*)?$/;

const readSummary = (text: string): TestCounts => {
  const of = (pattern: string) =>
    [...text.matchAll(new RegExp(`(\\d+) (?:${pattern})\\b`, 'g'))].reduce((sum, match) => sum + Number(match[1]), 0);
  return counts(of('passed|xpassed'), of('failed|errors?'), of('skipped|xfailed'));
};

const summaryOf = (line: string): TestCounts | null => {
  const inner = framed.exec(line)?.[1] ?? line;
  const found = summary.exec(inner);
  return found && /(?:no tests|passed|failed|error|skipped|deselected|xfail|xpass|warning)/.test(inner)
    ? readSummary(found[1]!)
    : null;
};

const nameOf = (line: string): NamedTest | null => {
  const long = nodeId.test(line) ? verbose.exec(line) : null;
  if (long) return { name: line.slice(0, long.index), status: word[long[1]!]! };
  const short = distributed.exec(line);
  if (short) return { name: short[2]!.replace(/ - .*$/, ''), status: word[short[1]!]! };
  const broken = brokenFile.exec(line);
  return broken ? { name: broken[1]!, status: 'failed' } : null;
};

/** A session lasts from its header (or, with `-q`, its progress lines) to the last summary before the next one. */
class Sessions {
  tests = noTests;
  found = false;
  unfinished = false;
  private inSession = false;
  private pending: TestCounts | null = null;

  read(line: string): void {
    if (header.test(line)) this.begin();
    else if (!this.inSession && this.pending && progress.test(line)) this.flush();
    else this.pending = summaryOf(line) ?? this.pending;
  }

  private begin(): void {
    this.flush();
    this.inSession = true;
    this.found = true;
  }

  flush(): void {
    if (this.inSession && !this.pending) this.unfinished = true;
    if (this.pending) {
      this.tests = addCounts(this.tests, this.pending);
      this.found = true;
    }
    this.pending = null;
    this.inSession = false;
  }
}

export const readPytest = (lines: readonly string[]): RunnerReport | null => {
  const sessions = new Sessions();
  const names = new Map<string, NamedTest>();
  for (const line of lines) {
    sessions.read(line);
    const named = nameOf(line);
    // A test that fails twice over (its body, then its teardown) is one failing test.
    if (named && names.get(named.name)?.status !== 'failed') names.set(named.name, named);
  }
  sessions.flush();
  if (!sessions.found) return null;
  const all = [...names.values()];
  const broken = all.filter((each) => each.status === 'failed' && !each.name.includes('::'));
  return {
    runner: 'pytest',
    tests: sessions.tests,
    failing: all.filter((each) => each.status === 'failed').map((each) => each.name),
    names: all.filter((each) => !broken.includes(each)),
    brokenSuites: broken.length,
    incomplete: sessions.unfinished,
  };
};
