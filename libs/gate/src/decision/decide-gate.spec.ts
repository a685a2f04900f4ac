import type { Verdict } from '@lockstep/contracts';
import type { VerificationResult } from '../run/verification';
import { decideGate, type GateInput, type GateResult } from './decide-gate';
import { gateFacts } from './gate-facts';

const result = (verdict: Verdict, more: Partial<VerificationResult> = {}): VerificationResult => ({
  command: 'npm test',
  exitCode: verdict === 'passed' ? 0 : 1,
  verdict,
  detail: 'as told',
  failing: [],
  names: [],
  namesComplete: false,
  incomplete: false,
  runner: null,
  durationMs: 5,
  outputSha256: '0'.repeat(64),
  output: '',
  outputTail: '',
  expected: [],
  optional: false,
  strays: 0,
  ...more,
});
const tests = (passed: number, failed = 0, skipped = 0) => ({
  tests: { passed, failed, skipped, total: passed + failed + skipped },
});
const own = (each: VerificationResult): GateResult => ({ result: each, role: 'own' });
const affected = (each: VerificationResult, baseline?: GateResult['baseline']): GateResult => ({
  result: each,
  role: 'affected',
  ...(baseline && { baseline }),
});

const input = (results: GateResult[], more: Partial<GateInput> = {}): GateInput => ({
  results,
  owesTests: false,
  artifacts: { reasons: [], deviations: [] },
  tests: { verdict: 'ok', findings: [] },
  treeChanged: [],
  deviations: 'warn',
  ...more,
});

describe('decideGate', () => {
  it('passes when nothing speaks against the step', () => {
    expect(
      decideGate(input([own(result('passed', tests(2))), affected(result('passed'))], { owesTests: true })),
    ).toEqual({
      passed: true,
      verdict: 'passed',
      reasons: [],
      warnings: [],
    });
  });

  it.each<[Verdict, boolean]>([
    ['passed', true],
    ['expected_failure_met', true],
    ['flaky', true],
    ['failed', false],
    ['no_tests', false],
    ['all_skipped', false],
    ['timed_out', false],
    ['infra_error', false],
  ])('%s lets the step through: %s', (verdict, through) => {
    expect(decideGate(input([own(result(verdict))]))).toMatchObject({ passed: through, verdict });
  });

  it('is not passed by silence', () => {
    expect(decideGate(input([]))).toMatchObject({ passed: false, reasons: [{ code: 'no_verification' }] });
    expect(decideGate(input([affected(result('passed'))]))).toMatchObject({ passed: false });
    expect(decideGate(input([own(result('failed', { optional: true }))]))).toMatchObject({ passed: false });
    expect(decideGate(input([own(result('passed'))], { owesTests: true }))).toMatchObject({
      passed: false,
      verdict: 'no_tests',
    });
    expect(decideGate(input([own(result('passed', tests(0, 0, 2)))], { owesTests: true }))).toMatchObject({
      passed: false,
    });
  });

  it('wants one command with tests, not all', () => {
    expect(
      decideGate(input([own(result('passed')), own(result('passed', tests(1)))], { owesTests: true })).passed,
    ).toBe(true);
  });

  it('tells first what the agent can mend', () => {
    const decision = decideGate(input([own(result('infra_error')), own(result('timed_out')), own(result('failed'))]));
    expect(decision.verdict).toBe('failed');
    expect(decision.reasons.map((each) => each.verdict)).toEqual(['infra_error', 'timed_out', 'failed']);
  });

  it('lets optional failures be, with a warning', () => {
    const decision = decideGate(input([own(result('passed')), own(result('failed', { optional: true }))]));
    expect(decision).toMatchObject({ passed: true, warnings: [{ code: 'optional' }] });
  });

  describe('against a red baseline', () => {
    const red = { failing: ['old'], ...tests(3, 1) };
    it('counts new failures only', () => {
      const decision = decideGate(
        input([own(result('passed')), affected(result('failed', { failing: ['old'], ...tests(4, 1) }), red)]),
      );
      expect(decision).toMatchObject({ passed: true, warnings: [{ code: 'known_failures' }] });
    });
    it.each([
      ['a new failure', { failing: ['old', 'new'], ...tests(2, 2) }],
      ['a crash', { failing: [] }],
      ['fewer names than failures', { failing: ['old'], ...tests(2, 2) }],
    ])('fails on %s', (_, more) => {
      expect(decideGate(input([own(result('passed')), affected(result('failed', more), red)])).passed).toBe(false);
    });
    it('never excuses the step’s own commands', () => {
      expect(
        decideGate(input([{ ...own(result('failed', { failing: ['old'], ...tests(4, 1) })), baseline: red }])).passed,
      ).toBe(false);
    });
  });

  it('fails on what is missing, and on a tree that the checks changed', () => {
    const reasons = [{ code: 'tests_missing' as const, message: 'no tests', evidence: 'tests/a.py' }];
    const decision = decideGate(
      input([own(result('passed'))], { artifacts: { reasons, deviations: [] }, treeChanged: ['src/a.ts'] }),
    );
    expect(decision).toMatchObject({
      passed: false,
      verdict: 'failed',
      reasons: [{ code: 'tests_missing' }, { code: 'tree_changed' }],
    });
  });

  it('hands weakened tests to a person', () => {
    const findings = [{ code: 'test_vanished' as const, message: 'gone', evidence: ['a'] }];
    expect(decideGate(input([own(result('passed'))], { tests: { verdict: 'needs_review', findings } }))).toMatchObject({
      passed: true,
      needsReview: findings,
    });
  });

  it('warns of deviations, or hands them over, as the profile says', () => {
    const artifacts = { reasons: [], deviations: ['src/x.ts'] };
    expect(decideGate(input([own(result('passed'))], { artifacts })).warnings).toMatchObject([{ code: 'deviation' }]);
    const reviewed = decideGate(input([own(result('passed'))], { artifacts, deviations: 'review' }));
    expect(reviewed).toMatchObject({
      passed: true,
      warnings: [],
      needsReview: [{ code: 'deviation', evidence: ['src/x.ts'] }],
    });
  });

  it('notes expectations that were not met', () => {
    const expected = [{ text: '34 tests', met: false, note: '33 passed, 34 expected', binding: false }];
    expect(decideGate(input([own(result('passed', { expected }))])).warnings).toMatchObject([{ code: 'expectation' }]);
  });
});

describe('gateFacts', () => {
  it('carry reasons and reports of what failed', () => {
    const results = [
      own(result('failed', { failing: ['adds'], output: 'boom' })),
      own(result('passed', { output: 'fine' })),
    ];
    const facts = gateFacts(decideGate(input(results)), results, false);
    expect(facts).toMatchObject({ passed: false, review: null, infraError: null, lessonsMissing: false });
    expect(facts.failure).toContain('- adds');
    expect(facts.failure).not.toContain('fine');
  });

  it('say what only the workspace has, ahead of what failed without it', () => {
    const failed = [own(result('failed', { detail: '1 of 2 tests failed' }))];
    const { besideOnly, passed } = gateFacts(decideGate(input(failed, { beside: ['~/.npmrc'] })), failed, false);
    expect(passed).toBe(false);
    expect(besideOnly).toMatch(/^- the verification passes only with files .* \(~\/\.npmrc\)\n- failed: 1 of 2/);
    expect(gateFacts(decideGate(input(failed)), failed, false).besideOnly).toBeNull();
  });

  it('tell our own faults and findings apart from failures', () => {
    const broken = [own(result('infra_error', { detail: 'uv is not available' }))];
    expect(gateFacts(decideGate(input(broken)), broken, false).infraError).toContain('uv is not available');
    const findings = [{ code: 'test_vanished' as const, message: 'gone', evidence: ['adds'] }];
    const passed = [own(result('passed'))];
    expect(
      gateFacts(decideGate(input(passed, { tests: { verdict: 'needs_review', findings } })), passed, true),
    ).toEqual({
      passed: true,
      review: 'gone: adds',
      infraError: null,
      besideOnly: null,
      lessonsMissing: true,
      failure: '',
    });
  });
});
