import { countNames, failingOf, separator, type NamedTest, type RunnerReport, type TestStatus } from './report';

interface GoEvent {
  readonly action: string;
  readonly package: string;
  readonly test: string | undefined;
}

const statuses: Record<string, TestStatus> = { pass: 'passed', fail: 'failed', skip: 'skipped' };

const readEvent = (line: string): GoEvent | null => {
  if (!line.startsWith('{"') || !line.includes('"Action"')) return null;
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    const { Action: action, Package: owner, Test: test } = value;
    if (typeof action !== 'string' || typeof owner !== 'string') return null;
    return { action, package: owner, test: typeof test === 'string' ? test : undefined };
  } catch {
    return null;
  }
};

interface GoTally {
  readonly started: Set<string>;
  readonly tests: Map<string, NamedTest>;
  readonly failedPackages: Set<string>;
}

/** A result without a start was made up by the output of a test. */
const take = (tally: GoTally, event: GoEvent): void => {
  const name = event.test === undefined ? event.package : event.package + separator + event.test;
  const status = statuses[event.action];
  if (event.test === undefined) {
    if (event.action === 'fail') tally.failedPackages.add(event.package);
  } else if (event.action === 'run') tally.started.add(name);
  else if (status && tally.started.delete(name)) tally.tests.set(name, { name, status });
};

/** `go test -json`: one event a line. */
export const readGoJson = (lines: readonly string[]): RunnerReport | null => {
  const tally: GoTally = { started: new Set(), tests: new Map(), failedPackages: new Set() };
  const events = lines.flatMap((line) => readEvent(line) ?? []);
  if (events.length === 0) return null;
  events.forEach((event) => take(tally, event));
  const names = [...tally.tests.values()];
  const failing = failingOf(names);
  const told = new Set(failing.map((name) => name.slice(0, name.indexOf(separator))));
  const broken = [...tally.failedPackages].filter((name) => !told.has(name));
  return {
    runner: 'go',
    tests: countNames(names),
    failing: [...failing, ...broken],
    names,
    brokenSuites: broken.length,
    incomplete: tally.started.size > 0 && tally.failedPackages.size === 0,
  };
};
