import { calledPackageScripts, surelyTests } from './called-scripts';
import { compareTests, type ComparisonFacts, type ReportedTests, type TreeChange } from './compare-tests';

const change = (path: string, before: string | null, after: string | null, link?: string): TreeChange => ({
  path,
  before,
  after,
  status: before === null ? 'added' : after === null ? 'deleted' : 'modified',
  ...(link === undefined ? {} : { link }),
});
const report = (...names: readonly string[]): ReportedTests => ({
  tests: { passed: names.length, failed: 0, skipped: 0, total: names.length },
  names: names.map((name) => ({ name, status: 'passed' })),
  namesComplete: true,
});
const codes = (facts: Partial<ComparisonFacts>): string[] =>
  compareTests({ before: null, after: null, changed: [], declared: [], ...facts }).findings.map(({ code }) => code);

const python = 'def test_total():\n    assert total([1]) == 1\n';
const weaker = 'def test_total():\n    total([1])\n';

describe('tests that moved or were to go', () => {
  const [before, after] = [report('test_cart > test_total'), report('tests.test_cart > test_total')];
  const renamed = (text: string) => [change('test_cart.py', python, null), change('tests/test_cart.py', null, text)];

  it('may stand in another file, as they were', () => {
    expect(codes({ before, after, changed: renamed(python) })).toEqual([]);
    expect(codes({ changed: renamed(python) })).toEqual([]);
  });

  it('may not be weaker there, nor lie where no runner finds them', () => {
    expect(codes({ before, after, changed: renamed(weaker) })).toContain('fewer_assertions');
    expect(codes({ changed: [change('test_cart.py', python, null), change('old/cart.txt', null, python)] })).toContain(
      'test_file_deleted',
    );
    expect(codes({ before, after: report('tests.test_cart > test_other'), changed: renamed(python) })).toContain(
      'test_vanished',
    );
  });

  it('may go with the file that the plan has deleted, and no others with them', () => {
    const changed = [change('test_old.py', 'def test_old():\n    assert True\n', null)];
    const was = report('test_old > test_old', 'test_cart > test_total');
    const declared = ['test_old.py'];
    expect(codes({ before: was, after: report('test_cart > test_total'), changed, declared })).toEqual([]);
    expect(codes({ before: was, after: report('test_old > test_old'), changed, declared })).toEqual(['test_vanished']);
    const counted = (total: number): ReportedTests => ({
      ...report(),
      tests: { passed: total, failed: 0, skipped: 0, total },
      namesComplete: false,
    });
    expect(codes({ before: counted(2), after: counted(1), changed, declared })).toEqual([]);
    expect(codes({ before: counted(3), after: counted(1), changed, declared })).toEqual(['fewer_tests']);
  });
});

describe('what a verification calls', () => {
  const scripts = (of: Record<string, string>): string => JSON.stringify({ scripts: of });
  const make = 'ci: lint\n\tpytest -q\n\nlint:\n\truff .\n';

  it.each<[string, string, TreeChange]>([
    [
      'a package script of any name',
      'npm run -s smoke',
      change('package.json', scripts({ smoke: 'node s.js' }), scripts({ smoke: 'true' })),
    ],
    [
      'what now runs before it',
      'yarn smoke',
      change('package.json', scripts({ smoke: 'a' }), scripts({ smoke: 'a', presmoke: 'b' })),
    ],
    ['a make target of any name', 'make ci', change('Makefile', make, make.replace('pytest -q', 'pytest -q || true'))],
    ['an included makefile', 'make ci', change('build/rules.mk', make, make.replace('pytest -q', 'true'))],
    ['a script called from its folder', 'cd tools && ./verify.sh', change('tools/verify.sh', 'pytest', 'true')],
  ])('may not change unseen: %s', (_, command, changed) => {
    expect(codes({ changed: [changed], commands: [command] })).toEqual(['test_command_changed']);
    expect(codes({ changed: [changed], commands: [command], declared: [changed.path] })).toEqual([]);
  });

  it.each<[string, string, TreeChange]>([
    [
      'another package script',
      'npm run smoke',
      change('package.json', scripts({ smoke: 'a' }), scripts({ smoke: 'a', start: 'b' })),
    ],
    ['a script that the step adds', 'npm run smoke', change('package.json', scripts({}), scripts({ smoke: 'a' }))],
    ['a new make target', 'make ci', change('Makefile', make, `${make}\nbuild:\n\ttsc\n`)],
    ['a makefile that nobody calls', 'pytest', change('Makefile', make, make.replace('ruff .', 'ruff check .'))],
    ['a script elsewhere of that name', './verify.sh', change('tools/verify.sh', 'pytest', 'true')],
  ])('is not %s', (_, command, changed) => {
    expect(codes({ changed: [changed], commands: [command] })).toEqual([]);
  });
});

it.each(['"x"', '5', 'null', '["a"]', '{ "test": null }'])('a manifest may hold anything: scripts %s', (text) => {
  const changed = [change('package.json', `{ "scripts": ${text} }`, '{}')];
  expect(() => codes({ changed, commands: ['npm test', 'npm run toString'] })).not.toThrow();
  expect(calledPackageScripts(changed[0]!.before!, ['npm test', 'npm run constructor'])).toEqual([]);
});

describe('what tests compare with', () => {
  const snap = 'exports[`a`] = `1`;\n';
  const path = 'src/__snapshots__/view.test.ts.snap';

  it('is not written anew unseen, and may grow', () => {
    expect(codes({ changed: [change(path, snap, snap.replace('1', '2'))] })).toEqual(['snapshot_changed']);
    expect(codes({ changed: [change(path, snap, `${snap}exports[\`b\`] = \`2\`;\n`)] })).toEqual([]);
    expect(codes({ changed: [change(path, snap, 'x')], declared: ['src/view.test.ts'] })).toEqual([]);
  });

  it('may be long, and setup files as well', () => {
    const lines = Array.from({ length: 200_000 }, (_, at) => `line ${at}`);
    const begun = performance.now();
    expect(codes({ changed: [change(path, lines.join('\n'), lines.reverse().join('\n'))] })).toEqual([]);
    for (const setup of ['Makefile', 'tox.ini']) codes({ changed: [change(setup, '['.repeat(200_000), '')] });
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

it('a script that ran tests and falls silent is told, also where its change was declared', () => {
  expect(codes({ silenced: ['npm test'], declared: ['package.json'] })).toEqual(['fewer_tests']);
});

describe('a link', () => {
  it.each<[string, string, boolean]>([
    ['lib', '/opt/lib', true],
    ['src/lib', '../../home/lib', true],
    ['src/lib', '../lib', false],
    ['src/lib', 'deep/../../../x', true],
    ['lib', 'link/../x', true],
    ['src/a/lib', '../../lib/x', false],
  ])('%s -> %s leads out: %s', (path, link, out) => {
    expect(codes({ changed: [change(path, null, null, link)] })).toEqual(out ? ['link_outside'] : []);
  });
});

describe('a script surely runs tests', () => {
  it.each<[string, boolean]>([
    ['#!/bin/sh\nset -e\npytest -q\n', true],
    ['node --test', true],
    ['tsc -p . && jest', true],
    ['[ -d tests ] && pytest', false],
    ['if [ -d tests ]; then\n  pytest\nfi', false],
    ['pytest > out.txt', false],
    ['eslint .', false],
  ])('%j: %s', (script, sure) => expect(surelyTests(script)).toBe(sure));
});
