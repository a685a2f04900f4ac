import type { NamedTest, TestStatus } from '../report/report';
import { compareTests, type ReportedTests, type TreeChange } from './compare-tests';
import { isTestFile } from './test-file';
import { isImpostor } from './test-setup';

const named = (names: Record<string, TestStatus>, complete = true): ReportedTests => {
  const list: NamedTest[] = Object.entries(names).map(([name, status]) => ({ name, status }));
  const of = (status: TestStatus) => list.filter((each) => each.status === status).length;
  return {
    tests: { passed: of('passed'), failed: of('failed'), skipped: of('skipped'), total: list.length },
    names: complete ? list : [],
    namesComplete: complete,
  };
};

const codes = (
  before: ReportedTests | null,
  after: ReportedTests | null,
  changed: TreeChange[] = [],
  declared: string[] = [],
): string[] => compareTests({ before, after, changed, declared }).findings.map((each) => each.code);
const modified = (path: string, before: string | null, after: string | null): TreeChange => ({
  path,
  status: 'modified',
  before,
  after,
});

const two = named({ adds: 'passed', removes: 'passed' });

describe('reports before and after', () => {
  it('are fine when tests stay, or come', () => {
    expect(
      compareTests({
        before: two,
        after: named({ adds: 'passed', removes: 'failed', more: 'passed' }),
        changed: [],
        declared: [],
      }),
    ).toEqual({ verdict: 'ok', findings: [] });
  });

  it('show a test that vanished, with what may be its new name', () => {
    const { findings } = compareTests({
      before: two,
      after: named({ adds: 'passed', clears: 'passed' }),
      changed: [],
      declared: [],
    });
    expect(findings).toEqual([
      { code: 'test_vanished', message: expect.stringContaining('clears') as string, evidence: ['removes'] },
    ]);
  });

  it('show a newly skipped test, and not one that was skipped or is new', () => {
    expect(codes(two, named({ adds: 'passed', removes: 'skipped' }))).toEqual(['test_newly_skipped']);
    expect(codes(named({ a: 'skipped' }), named({ a: 'skipped', b: 'skipped' }))).toEqual([]);
  });

  it('count tests of the same name', () => {
    const list = (count: number): ReportedTests => ({
      tests: { passed: count, failed: 0, skipped: 0, total: count },
      names: Array.from({ length: count }, () => ({ name: 'adds', status: 'passed' })),
      namesComplete: true,
    });
    expect(codes(list(2), list(1))).toEqual(['test_vanished']);
    expect(codes(list(1), list(2))).toEqual([]);
  });

  it('take addresses and durations in names for equal', () => {
    expect(
      codes(named({ 'shows <Cart at 0x7f00aa>': 'passed' }), named({ 'shows <Cart at 0x7fbb11>': 'passed' })),
    ).toEqual([]);
  });

  it('are compared by numbers where tests have no names', () => {
    const before = named({ a: 'passed', b: 'passed', c: 'passed' }, false);
    expect(codes(before, named({ a: 'passed', b: 'passed' }, false))).toEqual(['fewer_tests']);
    expect(codes(before, named({ a: 'passed', b: 'passed', c: 'skipped' }, false))).toEqual(['more_skipped']);
    expect(codes(before, named({ a: 'passed', b: 'passed', c: 'passed', d: 'passed' }, false))).toEqual([]);
  });

  it('must not fall silent', () => {
    expect(codes(two, null)).toEqual(['fewer_tests']);
    expect(codes(null, null)).toEqual([]);
    expect(codes(null, two)).toEqual([]);
  });
});

describe('changes of the tree', () => {
  const testing = (command: string): string =>
    JSON.stringify({ name: 'cart', scripts: { test: command, build: 'tsc' }, dependencies: {} });

  it('show a deleted test file, unless the step declares it', () => {
    const gone: TreeChange[] = [{ path: 'tests/test_cart.py', status: 'deleted' }];
    expect(codes(null, null, gone)).toEqual(['test_file_deleted']);
    expect(codes(null, null, gone, ['tests/test_cart.py'])).toEqual([]);
  });

  it.each<[string, string, string | null, string]>([
    ['a test script', 'package.json', testing('jest'), testing('true')],
    ['a script before the tests', 'package.json', testing('jest'), testing('jest').replace('"build"', '"pretest"')],
    [
      'a runner setting',
      'package.json',
      testing('jest'),
      testing('jest').replace('"name"', '"jest":{"bail":1},"name"'),
    ],
    ['a broken manifest', 'package.json', testing('jest'), '{'],
    ['a Jest configuration', 'jest.config.js', 'a', 'b'],
    ['a new pytest.ini', 'pytest.ini', null, '[pytest]\naddopts = -k nothing\n'],
    [
      'pytest in pyproject',
      'pyproject.toml',
      '[project]\nname="a"\n',
      '[project]\nname="a"\n[tool.pytest.ini_options]\naddopts="-x"\n',
    ],
    [
      'a conftest with a hook',
      'tests/conftest.py',
      null,
      'def pytest_sessionfinish(session):\n    session.exitstatus = 0\n',
    ],
    ['a test target', 'Makefile', 'test:\n\tpytest\n', 'test:\n\t@true\n'],
    ['a test harness', 'Cargo.toml', '[lib]\npath="a"\n', '[lib]\npath="a"\ntest=false\n'],
    ['a shell for scripts', '.npmrc', null, 'script-shell=/bin/true\n'],
  ])('show %s', (_, path, before, after) => {
    expect(codes(null, null, [modified(path, before, after)])).toEqual(['test_command_changed']);
    expect(codes(null, null, [modified(path, before, after)], [path])).toEqual([]);
  });

  it.each<[string, string, string | null, string]>([
    ['a dependency', 'package.json', testing('jest'), testing('jest').replace('{}', '{"zod":"4"}')],
    ['a new manifest without tests', 'package.json', null, '{"name":"a"}'],
    ['a dependency of Python', 'pyproject.toml', '[project]\ndependencies=[]\n', '[project]\ndependencies=["rich"]\n'],
    ['a fixture', 'tests/conftest.py', null, 'import pytest\n@pytest.fixture\ndef cart(): return {}\n'],
    ['another target', 'Makefile', 'test:\n\tpytest\n', 'test:\n\tpytest\nbuild:\n\ttsc\n'],
    ['a bundler’s setting', 'vite.config.ts', 'a', 'b'],
    ['line ends', 'jest.config.js', 'a\nb', 'a\r\nb'],
    ['code', 'src/cart.ts', 'a', 'b'],
  ])('leave %s alone', (_, path, before, after) => {
    expect(codes(null, null, [modified(path, before, after)])).toEqual([]);
  });

  it('are for a person to look at when contents are not at hand', () => {
    expect(codes(null, null, [{ path: 'package.json', status: 'modified' }])).toEqual(['test_command_changed']);
  });

  it('show a file in the runner’s place', () => {
    expect(codes(null, null, [{ path: 'pytest.py', status: 'added' }])).toEqual(['runner_shadowed']);
    expect(
      ['sitecustomize.py', '.venv/bin/pytest', 'node_modules/.bin/jest', 'src/pytest/__init__.py'].map(isImpostor),
    ).toEqual([true, true, true, true]);
    expect(['src/my_pytest.py', 'docs/pytest.md', 'tests/test_unittest.py'].map(isImpostor)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('isTestFile', () => {
  it.each(['tests/test_cart.py', 'cart_test.go', 'src/cart.spec.ts', 'src/__tests__/cart.js', 'test/cart.js'])(
    '%s is one',
    (path) => {
      expect(isTestFile(path)).toBe(true);
    },
  );
  it.each([
    'src/cart.ts',
    'tests/README.md',
    'tests/conftest.py',
    'tests/__init__.py',
    'src/contest.ts',
    'src/latest.ts',
  ])('%s is none', (path) => {
    expect(isTestFile(path)).toBe(false);
  });
});
