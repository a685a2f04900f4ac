import type { TestCounts } from '@lockstep/contracts';
import type { TestReport } from '../report/read-report';
import { classify, type CommandFacts } from './classify';

const none: TestReport = {
  runner: null,
  runners: [],
  failing: [],
  names: [],
  namesComplete: false,
  brokenSuites: 0,
  incomplete: false,
};
const report = (passed: number, failed = 0, skipped = 0, more: Partial<TestReport> = {}): TestReport => {
  const tests: TestCounts = { passed, failed, skipped, total: passed + failed + skipped };
  return { ...none, runner: 'pytest', runners: ['pytest'], tests, ...more };
};

const exit = (exitCode: number): CommandFacts['ending'] => ({ kind: 'exited', exitCode });
const facts = (more: Partial<CommandFacts>): CommandFacts => ({
  ending: exit(0),
  report: none,
  expected: { kind: 'pass' },
  checks: [],
  owesTests: false,
  unavailable: null,
  ...more,
});
const unmet = (binding: boolean) => [{ text: '"x"', met: false, note: 'no x', binding }];
const fail = { kind: 'fail' } as const;
const exits = (code: number) => ({ kind: 'exit', code }) as const;

describe('the decision table of one command', () => {
  it.each<[string, Partial<CommandFacts>, string]>([
    ['exit 0', {}, 'passed'],
    ['exit 0, tests passed', { report: report(3) }, 'passed'],
    ['exit 0, some skipped', { report: report(3, 0, 1) }, 'passed'],
    ['exit 0, failures reported', { report: report(3, 1) }, 'failed'],
    ['exit 0, a suite could not be loaded', { report: report(3, 0, 0, { brokenSuites: 1 }) }, 'failed'],
    ['exit 0, the runner never finished', { report: report(3, 0, 0, { incomplete: true }) }, 'failed'],
    ['exit 0, none run', { report: report(0) }, 'no_tests'],
    ['exit 0, none reported though owed', { owesTests: true }, 'no_tests'],
    ['exit 0, all skipped', { report: report(0, 0, 4) }, 'all_skipped'],
    ['exit 0, literal output missing', { checks: unmet(true) }, 'failed'],
    ['exit 0, a count differs', { checks: unmet(false) }, 'passed'],
    ['exit 1', { ending: exit(1) }, 'failed'],
    ['exit 1, tests failed', { ending: exit(1), report: report(3, 1) }, 'failed'],
    ['exit 1, tests passed', { ending: exit(1), report: report(3) }, 'failed'],
    ['exit 5, none run', { ending: exit(5), report: report(0) }, 'no_tests'],
    [
      'exit 1, a suite could not be loaded',
      { ending: exit(1), report: report(0, 0, 0, { brokenSuites: 1 }) },
      'failed',
    ],
    ['exit 127, tool missing', { ending: exit(127), unavailable: 'uv is missing' }, 'infra_error'],
    [
      'exit 127, tool missing, failure expected',
      { ending: exit(127), unavailable: 'uv is missing', expected: fail },
      'infra_error',
    ],
    [
      'exit 1, tests failed, disk message',
      { ending: exit(1), unavailable: 'the disk is full', report: report(0, 1) },
      'failed',
    ],
    ['failure expected, exit 1', { ending: exit(1), expected: fail }, 'expected_failure_met'],
    [
      'failure expected, tests failed',
      { ending: exit(1), report: report(0, 1), expected: fail },
      'expected_failure_met',
    ],
    [
      'failure expected, suite broken',
      { ending: exit(2), report: report(0, 0, 0, { brokenSuites: 1 }), expected: fail },
      'expected_failure_met',
    ],
    ['failure expected, exit 0', { expected: fail, report: report(1) }, 'failed'],
    ['failure expected, none run', { ending: exit(5), report: report(0), expected: fail }, 'no_tests'],
    ['exit 1 expected and given', { ending: exit(1), expected: exits(1) }, 'passed'],
    [
      'exit 1 expected and given, tests failed',
      { ending: exit(1), expected: exits(1), report: report(1, 1) },
      'expected_failure_met',
    ],
    ['exit 1 expected, exit 0', { expected: exits(1) }, 'failed'],
    ['exit 1 expected, exit 2', { ending: exit(2), expected: exits(1) }, 'failed'],
    ['exit 0 expected and given, none run', { expected: exits(0), report: report(0) }, 'no_tests'],
    ['killed by a signal', { ending: { kind: 'signalled', signal: 'SIGSEGV', exitCode: 139 } }, 'failed'],
    ['wall limit', { ending: { kind: 'timed_out', limit: 'wall' } }, 'timed_out'],
    ['idle limit, failure expected', { ending: { kind: 'timed_out', limit: 'idle' }, expected: fail }, 'timed_out'],
    ['ended by us', { ending: { kind: 'terminated', reason: 'drain' } }, 'infra_error'],
    ['not started', { ending: { kind: 'not_started', detail: 'no bash' } }, 'infra_error'],
    ['too much output', { ending: { kind: 'output_limit' } }, 'failed'],
    ['too many processes', { ending: { kind: 'process_limit' }, expected: fail }, 'failed'],
  ])('%s', (_, more, verdict) => {
    const judgement = classify(facts(more));
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.detail).not.toBe('');
  });
});
