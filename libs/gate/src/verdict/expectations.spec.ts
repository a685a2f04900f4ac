import type { TestCounts } from '@lockstep/contracts';
import fc from 'fast-check';
import { checkExpected, outcomeOf, type ObservedRun } from './expectations';

const tests = (passed: number, failed = 0, skipped = 0): TestCounts => ({
  passed,
  failed,
  skipped,
  total: passed + failed + skipped,
});
const run = (more: Partial<ObservedRun> = {}): ObservedRun => ({
  exitCode: 0,
  tests: undefined,
  output: '',
  outputComplete: true,
  ...more,
});

describe('checkExpected', () => {
  it.each<[string, Partial<ObservedRun>, boolean | null, boolean]>([
    ['All pass (establishes baseline - 34 tests)', { tests: tests(34) }, true, false],
    ['All pass (establishes baseline - 34 tests)', { tests: tests(33) }, false, false],
    ['All pass', { tests: tests(3, 1) }, false, false],
    ['All tests pass (existing + new unicode tests)', { tests: tests(12) }, true, false],
    ['All pass', {}, null, false],
    ['12 passed', { tests: tests(12) }, true, false],
    ['12 passed', { tests: tests(11, 0, 1) }, false, false],
    ['34 tests pass', { tests: tests(34) }, true, false],
    ['~192 tests pass', { tests: tests(187) }, true, false],
    ['~192 tests pass', { tests: tests(100) }, false, false],
    ['at least 5 tests pass', { tests: tests(9) }, true, false],
    ['5+ tests', { tests: tests(9) }, true, false],
    ['10 passed, 2 skipped', { tests: tests(10, 0, 2) }, true, false],
    ['0 failures', { tests: tests(10) }, true, false],
    ['"CLI module loads OK"', { output: 'CLI module loads OK\n' }, true, true],
    ['"CLI module loads OK"', { output: 'cli module loads ok\n' }, true, true],
    ['"CLI module loads OK"', { output: 'Traceback' }, false, true],
    ['prints `1 … 3`', { output: '1\n2\n3' }, true, true],
    ['prints `1 … 3`', { output: '3 2 1' }, false, true],
    ['"far away"', { output: 'near', outputComplete: false }, null, true],
    [
      'Shows "Table Data" table after "Schema validation: PASSED"',
      { output: 'Schema validation: PASSED' },
      false,
      false,
    ],
    ['exit 1', { exitCode: 1 }, true, false],
    ['exits with code 2', { exitCode: 1 }, false, false],
    ['FAIL with "cart is not defined"', { exitCode: 1, output: 'ReferenceError: cart is not defined' }, true, false],
    ['PASS', { exitCode: 0 }, true, false],
    ['<1s, diagram with connected edges', { output: 'Time: 0.2s' }, null, false],
  ])('%s with %j is met: %s', (text, observed, met, binding) => {
    expect(checkExpected(text, run(observed))).toMatchObject({ text, met, binding });
  });

  it('says what differs', () => {
    expect(checkExpected('34 tests pass', run({ tests: tests(33) })).note).toBe('33 passed, 34 expected');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, output) =>
        expect(checkExpected(text, run({ output })).text).toBeDefined(),
      ),
    );
  });
});

describe('outcomeOf', () => {
  it.each([
    ['FAIL with "function not defined"', { kind: 'fail' }],
    ['Test FAILS because cart is missing', { kind: 'fail' }],
    ['tests should fail', { kind: 'fail' }],
    ['2 failed', { kind: 'fail' }],
    ['non-zero exit', { kind: 'fail' }],
    ['exit code 1', { kind: 'exit', code: 1 }],
    ['exits with 0', { kind: 'exit', code: 0 }],
    ['PASS', { kind: 'pass' }],
    ['0 failed', { kind: 'pass' }],
    ['Failures: 0', { kind: 'pass' }],
    ['"it fails gracefully"', { kind: 'pass' }],
    ['All pass', { kind: 'pass' }],
    ['no test fails', { kind: 'pass' }],
  ])('%s', (text, outcome) => {
    expect(outcomeOf([text])).toEqual(outcome);
  });
});
