import type { TestCounts } from '@lockstep/contracts';
import { readCargo } from './cargo';
import { readGo } from './go';
import { readGoJson } from './go-json';
import { readJest } from './jest';
import { readJunit } from './junit';
import { textLines } from './lines';
import { readMocha } from './mocha';
import { readNodeSpec } from './node-spec';
import { readPytest } from './pytest';
import { addCounts, noTests, type NamedTest, type ReportReader, type Runner, type RunnerReport } from './report';
import { readTap } from './tap';
import { readUnittest } from './unittest';
import { readVitest } from './vitest';

const readers: readonly ReportReader[] = [
  readPytest,
  readUnittest,
  readJest,
  readVitest,
  readMocha,
  readNodeSpec,
  readTap,
  readGo,
  readGoJson,
  readCargo,
];

/** What all the runners in one output said together. */
export interface TestReport {
  /** The first runner recognised; null when none was. */
  readonly runner: Runner | null;
  readonly runners: readonly Runner[];
  /** Absent when no runner was recognised: unknown is not zero. */
  readonly tests?: TestCounts;
  readonly failing: readonly string[];
  readonly names: readonly NamedTest[];
  /** Whether `names` holds every test that was counted, so that a missing name means a missing test. */
  readonly namesComplete: boolean;
  readonly brokenSuites: number;
  readonly incomplete: boolean;
}

const mostNames = 20_000;
const mostFailing = 500;

const allNamed = (report: RunnerReport): boolean => report.namesComplete ?? report.names.length >= report.tests.total;

const together = (reports: readonly RunnerReport[]): TestReport => {
  const names = reports.flatMap((each) => each.names);
  const tests = reports.map((each) => each.tests).reduce(addCounts, noTests);
  return {
    runner: reports[0]?.runner ?? null,
    runners: [...new Set(reports.map((each) => each.runner))],
    ...(reports.length > 0 && { tests }),
    failing: [...new Set(reports.flatMap((each) => each.failing))].slice(0, mostFailing),
    names: names.slice(0, mostNames),
    namesComplete: reports.length > 0 && names.length <= mostNames && reports.every(allNamed),
    brokenSuites: reports.reduce((sum, each) => sum + each.brokenSuites, 0),
    incomplete: reports.some((each) => each.incomplete),
  };
};

/** A JUnit file that tells of as many tests knows their names best; one that knows of failures outweighs the text. */
const withJunit = (text: TestReport, junit: TestReport): TestReport => {
  if (!junit.tests || (junit.tests.total === 0 && text.tests)) return text;
  if (!text.tests) return junit;
  const failed = Math.max(text.tests.failed, junit.tests.failed);
  const same = text.tests.total === junit.tests.total;
  return {
    ...text,
    tests: { ...text.tests, failed, total: Math.max(text.tests.total, junit.tests.total) },
    failing: text.failing.length > 0 ? text.failing : junit.failing,
    ...(same && { names: junit.names, namesComplete: junit.namesComplete }),
  };
};

const xmlStart = /^(?:<\?xml[^>]{0,300}>\s{0,50})?<testsuites?[\s>]/m;

/** A JUnit document that a runner wrote to its output. */
const inlineJunit = (output: string): string[] => {
  const from = xmlStart.exec(output)?.index;
  const to =
    from === undefined ? -1 : Math.max(output.lastIndexOf('</testsuites>'), output.lastIndexOf('</testsuite>'));
  return from !== undefined && to > from ? [output.slice(from, output.indexOf('>', to) + 1)] : [];
};

/**
 * Reads everything that a command said about tests.
 * @param output the command's stdout and stderr as they came
 * @param junitFiles contents of JUnit files that this very command wrote
 */
export const readReport = (output: string, junitFiles: readonly string[] = []): TestReport => {
  const lines = textLines(output);
  const text = together(readers.flatMap((read) => read(lines) ?? []));
  const junit = together([...inlineJunit(output), ...junitFiles].flatMap((xml) => readJunit(xml) ?? []));
  return withJunit(text, junit);
};
