import { supervise, type Ending } from '@lockstep/supervise';
import { textLines } from '../report/lines';
import { readReport, type TestReport } from '../report/read-report';
import { classify, exitCodeOf } from '../verdict/classify';
import { checkExpected, outcomeOf } from '../verdict/expectations';
import { namedRunner } from '../verdict/named-runner';
import { unavailable } from '../verdict/unavailable';
import { Capture, tailOf } from './capture';
import { openReportFolder, readReportFolder, withReports } from './report-folder';
import type { Supervise, VerificationResult, VerificationSpec } from './verification';

const defaultFloodBytes = 512 * 1024 * 1024;
const defaultGraceMs = 5_000;
const tailBytes = 4 * 1024;
/** A report is looked for in this much output, even where less of it is kept. */
const readBytes = 8 * 1024 * 1024;

/** stderr joins stdout before the script begins, so that both stand in the order in which they were written. */
const prelude = 'exec 2>&1; exec bash -eo pipefail -c "$1" verification';

const start = (
  spec: VerificationSpec,
  env: Record<string, string>,
  capture: Capture,
  run: Supervise,
): Promise<Ending> =>
  run({
    command: 'bash',
    args: ['-c', prelude, 'verification', spec.script],
    cwd: spec.cwd,
    env,
    limits: {
      wallMs: spec.timeoutMs,
      ...(spec.idleMs !== undefined && { idleMs: spec.idleMs }),
      outputBytes: spec.floodBytes ?? defaultFloodBytes,
      ...(spec.processes !== undefined && { processes: spec.processes }),
    },
    graceMs: spec.graceMs ?? defaultGraceMs,
    marker: spec.marker,
    isolation: spec.isolation ?? 'namespace',
    onStdout: (chunk) => capture.add(chunk),
    onStderr: (chunk) => capture.add(chunk),
  }).ending;

/** Names that bear the workspace's place would differ from one checkout to the next. */
const placeless = (report: TestReport, cwd: string): TestReport => {
  const strip = (name: string): string => name.split(`${cwd}/`).join('');
  return {
    ...report,
    failing: report.failing.map(strip),
    names: report.names.map((each) => ({ ...each, name: strip(each.name) })),
  };
};

/**
 * A pytest that the script itself calls writes the JUnit file it was asked for when it ends. Where that file is missing, code
 * under test ended the process, and whatever summary stands in the output is not pytest's.
 */
const unfinished = (script: string, report: TestReport, junitFiles: readonly string[]): boolean =>
  report.runners.includes('pytest') &&
  junitFiles.length === 0 &&
  namedRunner(script) === 'pytest' &&
  !/PYTEST_ADDOPTS|junit|\benv -i\b/.test(script);

const read = (spec: VerificationSpec, output: string, junitFiles: readonly string[]): TestReport => {
  const report = placeless(readReport(output, junitFiles), spec.cwd);
  return { ...report, incomplete: report.incomplete || unfinished(spec.script, report, junitFiles) };
};

const kept = (text: string, most: number): string => {
  const again = new Capture(most);
  again.add(Buffer.from(text));
  return again.text();
};

const assess = (spec: VerificationSpec, ending: Ending, capture: Capture, report: TestReport): VerificationResult => {
  const text = capture.text();
  const lines = textLines(text);
  const exitCode = exitCodeOf(ending);
  const run = { exitCode, tests: report.tests, output: lines.join('\n'), outputComplete: capture.complete };
  const expected = (spec.expectTexts ?? []).map((clause) => checkExpected(clause, run));
  const { verdict, detail } = classify({
    ending,
    report,
    expected: spec.expect ?? outcomeOf(spec.expectTexts ?? []),
    checks: expected,
    owesTests: (spec.owesTests ?? false) || namedRunner(spec.script) !== null,
    unavailable: unavailable(exitCode ?? 0, lines),
  });
  return {
    command: spec.script,
    exitCode,
    verdict,
    detail,
    ...(report.tests && { tests: report.tests }),
    failing: report.failing,
    names: report.names,
    namesComplete: report.namesComplete && capture.complete,
    incomplete: report.incomplete,
    runner: report.runner,
    durationMs: ending.durationMs,
    outputSha256: capture.sha256(),
    output: kept(text, spec.outputBytes),
    outputTail: tailOf(text, tailBytes),
    expected,
    optional: spec.optional ?? false,
    strays: ending.strays,
  };
};

/**
 * Runs one verification block and says what became of it. When it returns, nothing that the command started is left (as far
 * as `isolationTier` reaches). What goes wrong with the command is a verdict, never an exception; it rejects only when the
 * report folder cannot be made.
 */
export const runVerification = async (
  spec: VerificationSpec,
  run: Supervise = supervise,
): Promise<VerificationResult> => {
  const folder = await openReportFolder(spec.reportDir);
  const capture = new Capture(Math.max(readBytes, spec.outputBytes));
  const ending = await start(spec, withReports(spec.env, folder), capture, run);
  const report = read(spec, capture.text(), await readReportFolder(folder));
  return assess(spec, ending, capture, report);
};

/**
 * Runs a failed verification once more, unchanged. A success makes it `flaky`: neither proof nor disproof, and worth a
 * warning. Otherwise the first result stands. Other verdicts than `failed` aren't tried again: they don't hang on chance.
 */
export const verifyOnceMore = async (
  spec: VerificationSpec,
  first: VerificationResult,
  run: Supervise = supervise,
): Promise<VerificationResult> => {
  if (first.verdict !== 'failed') return first;
  const second = await runVerification(spec, run);
  if (second.verdict !== 'passed') return first;
  const names = first.failing.slice(0, 5).join(', ');
  return {
    ...second,
    verdict: 'flaky',
    failing: first.failing,
    detail: `failed (${names || first.detail}), then passed unchanged`,
  };
};
