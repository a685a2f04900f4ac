import type { Verdict } from '@lockstep/contracts';
import type { EndKind } from '@lockstep/supervise';
import type { TestReport } from '../report/read-report';
import type { ExpectedCheck, ExpectedOutcome } from './expectations';

export interface CommandFacts {
  readonly ending: EndKind;
  readonly report: TestReport;
  readonly expected: ExpectedOutcome;
  readonly checks: readonly ExpectedCheck[];
  /** The command is there to run tests: the step owes them, or the command calls a runner by name. */
  readonly owesTests: boolean;
  /** Why the machine or the setup kept the command from running; null when nothing says so. */
  readonly unavailable: string | null;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Why, in words for a person and for the agent. */
  readonly detail: string;
}

const judge = (verdict: Verdict, detail: string): Judgement => ({ verdict, detail });

/** Ends that aren't the command's own. What we or the machine did is no one's fix attempt; a limit is the command's doing. */
const foreignEnd = (ending: EndKind): Judgement | null => {
  switch (ending.kind) {
    case 'not_started':
      return judge('infra_error', `the command could not be started: ${ending.detail}`);
    case 'terminated':
      return judge('infra_error', `the command was ended by Lockstep: ${ending.reason}`);
    case 'timed_out':
      return judge('timed_out', `the ${ending.limit} limit was reached and everything it had started was ended`);
    case 'output_limit':
      return judge('failed', 'the command was ended because it wrote more than is allowed');
    case 'process_limit':
      return judge('failed', 'the command was ended because it started more processes than are allowed');
    default:
      return null;
  }
};

export const exitCodeOf = (ending: EndKind): number | null =>
  ending.kind === 'exited' || ending.kind === 'signalled' ? ending.exitCode : null;

/** A runner that was recognised, came to its end, and had nothing to run. */
const ranNone = ({ tests, brokenSuites, incomplete }: TestReport): boolean =>
  tests?.total === 0 && brokenSuites === 0 && !incomplete;

const broken = (report: TestReport): string | null => {
  if (report.incomplete) return `${report.runner} began and never came to its summary`;
  if ((report.tests?.failed ?? 0) > 0) return `exit 0, though ${report.tests!.failed} failing tests were reported`;
  return report.brokenSuites > 0 ? `exit 0, though ${report.brokenSuites} suites could not be loaded` : null;
};

const judgeSuccess = ({ report, owesTests, checks }: CommandFacts): Judgement => {
  const lie = broken(report);
  if (lie) return judge('failed', lie);
  const { tests } = report;
  if (tests?.total === 0) return judge('no_tests', `${report.runner} ran no test`);
  if (!tests && owesTests) return judge('no_tests', 'exit 0, but no test was reported');
  if (tests && tests.skipped === tests.total) return judge('all_skipped', `all ${tests.total} tests were skipped`);
  const unmet = checks.find((check) => check.binding && check.met === false);
  if (unmet) return judge('failed', `exit 0, but not what the plan expects: ${unmet.note}`);
  return judge('passed', tests ? `${tests.passed} of ${tests.total} tests passed` : 'exit 0');
};

/** A test that isn't there can't fail, with whatever status its runner ends. */
const judgeExpectedFailure = (code: number, { report }: CommandFacts): Judgement => {
  if (ranNone(report)) return judge('no_tests', `${report.runner} ran no test, so none failed as the plan expects`);
  return code === 0
    ? judge('failed', 'the plan expects this command to fail, and it succeeded')
    : judge('expected_failure_met', `exit ${code}: it fails, as the plan expects`);
};

const judgeExit = (wanted: number, code: number, facts: CommandFacts): Judgement => {
  if (code !== wanted) return judge('failed', `exit ${code}, where the plan expects ${wanted}`);
  if (wanted === 0) return judgeSuccess(facts);
  const failed = facts.report.tests?.failed ?? 0;
  return failed > 0
    ? judge('expected_failure_met', `exit ${code} with ${failed} failing tests, as the plan expects`)
    : judge('passed', `exit ${code}, which the plan calls success`);
};

const endedBy = (signal: string): string =>
  signal === 'SIGPIPE'
    ? 'ended by SIGPIPE: a later command of its pipe, such as head, stopped reading'
    : `ended by ${signal}`;

const failureDetail = (ending: EndKind, { tests }: TestReport): string => {
  const how = ending.kind === 'signalled' ? endedBy(ending.signal) : `exit ${exitCodeOf(ending)}`;
  return tests && tests.failed > 0 ? `${how}, ${tests.failed} of ${tests.total} tests failed` : how;
};

/** What became of one command: the decision table of the gate's first half. Pure. */
export const classify = (facts: CommandFacts): Judgement => {
  const foreign = foreignEnd(facts.ending);
  if (foreign) return foreign;
  const code = exitCodeOf(facts.ending)!;
  // A runner that reported failures did run, whatever its output says about tools and disks.
  if (facts.unavailable && (facts.report.tests?.failed ?? 0) === 0) return judge('infra_error', facts.unavailable);
  if (facts.expected.kind === 'fail') return judgeExpectedFailure(code, facts);
  if (facts.expected.kind === 'exit') return judgeExit(facts.expected.code, code, facts);
  if (code === 0) return judgeSuccess(facts);
  if (ranNone(facts.report)) return judge('no_tests', `exit ${code}: ${facts.report.runner} ran no test`);
  return judge('failed', failureDetail(facts.ending, facts.report));
};
