import { SaxesParser } from 'saxes';
import { countNames, failingOf, separator, type NamedTest, type RunnerReport, type TestStatus } from './report';

const outcome: Record<string, TestStatus> = { failure: 'failed', error: 'failed', skipped: 'skipped' };
const mostCases = 200_000;

interface Case {
  readonly name: string;
  status: TestStatus;
}

const nameOf = (attributes: Record<string, string>): string =>
  [attributes['classname'], attributes['name']].filter((part) => part).join(separator);

/** Collects `testcase` elements, wherever they stand. An element that isn't one of ours is passed over. */
class CaseCollector {
  readonly cases: Case[] = [];
  root: string | null = null;
  private open: Case | null = null;

  start(name: string, attributes: Record<string, string>): void {
    this.root ??= name;
    if (name === 'testcase') {
      this.open = { name: nameOf(attributes), status: 'passed' };
      if (this.cases.length < mostCases) this.cases.push(this.open);
    }
    const status = outcome[name];
    // A failure outweighs whatever else is said of the same test.
    if (status && this.open && this.open.status !== 'failed') this.open.status = status;
  }

  end(name: string): void {
    if (name === 'testcase') this.open = null;
  }
}

const parse = (xml: string): { collector: CaseCollector; broken: boolean } => {
  const collector = new CaseCollector();
  const parser = new SaxesParser({ xmlns: false });
  parser.on('opentag', (tag) => collector.start(tag.name, tag.attributes as Record<string, string>));
  parser.on('closetag', (tag) => collector.end(tag.name));
  try {
    parser.on('error', (error) => {
      throw error;
    });
    parser.write(xml).close();
    return { collector, broken: false };
  } catch {
    return { collector, broken: true };
  }
};

/**
 * JUnit XML. A streaming parser without entities of the document's own: neither "billion laughs" nor external entities
 * exist here. A document that breaks off is reported as incomplete with what it held so far; null when it is no JUnit at all.
 */
export const readJunit = (xml: string): RunnerReport | null => {
  const { collector, broken } = parse(xml);
  if (collector.root !== 'testsuites' && collector.root !== 'testsuite') return null;
  const names = collector.cases.map(({ name, status }) => ({ name, status })) satisfies NamedTest[];
  return {
    runner: 'junit',
    tests: countNames(names),
    failing: failingOf(names),
    names,
    brokenSuites: 0,
    incomplete: broken,
  };
};
