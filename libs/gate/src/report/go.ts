import { countNames, failingOf, separator, type NamedTest, type RunnerReport, type TestStatus } from './report';

const running = /^=== RUN +(\S+)$/;
const ended = /^ *--- (PASS|FAIL|SKIP): (\S+) \([\d.]+s\)$/;
const packageLine = /^(ok {2}|FAIL|\? {3})\t(\S+)(.*)$/;
const statuses: Record<string, TestStatus> = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped' };

/** Tests of one package, collected until the line that names it. */
class GoPackage {
  readonly open = new Set<string>();
  readonly done = new Map<string, TestStatus>();

  /** A result counts for a test that was seen to start; without `-v` only failures are told, and nothing starts. */
  end(word: string, name: string): void {
    if (!this.open.delete(name) && word !== 'FAIL') return;
    this.done.set(name, statuses[word]!);
  }
}

class GoReader {
  readonly names: NamedTest[] = [];
  readonly broken: string[] = [];
  seen = false;
  private current = new GoPackage();

  get unfinished(): boolean {
    return this.current.open.size > 0;
  }

  read(line: string): void {
    const start = running.exec(line);
    const end = start ? null : ended.exec(line);
    if (start) this.current.open.add(start[1]!);
    else if (end) this.current.end(end[1]!, end[2]!);
    else {
      const closing = packageLine.exec(line);
      if (closing) this.close(closing[1]!.trim(), closing[2]!, closing[3]!);
    }
  }

  private close(word: string, name: string, rest: string): void {
    // A package cannot be fine while one of its tests runs: that line was printed by the test.
    if (word === 'ok' && this.current.open.size > 0) return;
    this.seen = true;
    const { open, done } = this.current;
    open.forEach((test) => done.set(test, 'failed'));
    this.current = new GoPackage();
    done.forEach((status, test) => this.names.push({ name: name + separator + test, status }));
    const failed = [...done.values()].includes('failed');
    if (word === 'FAIL' && !failed) this.broken.push(name);
    // Without `-v` a passing package doesn't tell its tests; it stands for them as one.
    if (word === 'ok' && done.size === 0 && !rest.includes('[no tests to run]'))
      this.names.push({ name, status: 'passed' });
  }
}

/** `go test`, with or without `-v`. */
export const readGo = (lines: readonly string[]): RunnerReport | null => {
  const reader = new GoReader();
  lines.forEach((line) => reader.read(line));
  if (!reader.seen && !reader.unfinished) return null;
  const { names, broken } = reader;
  return {
    runner: 'go',
    tests: countNames(names),
    failing: [...failingOf(names), ...broken],
    names,
    brokenSuites: broken.length,
    incomplete: reader.unfinished,
  };
};
