import { compareTests, type ComparisonFacts, type TreeChange } from './compare-tests';
import { readTestSource } from './test-source';
import { weakenedSources } from './weakened';

const change = (path: string, before: string | null, after: string | null): TreeChange => ({
  path,
  before,
  after,
  status: before === null ? 'added' : after === null ? 'deleted' : 'modified',
});
const js = (
  after: string,
  before = `test('a', () => assert.equal(f(1), 1));\ntest('b', () => assert.equal(f(2), 2));\n`,
) => change('test/a.test.js', before, after);
const found = (...changed: readonly TreeChange[]) =>
  weakenedSources(changed).map(({ code, evidence }) => [code, ...evidence]);

describe('readTestSource', () => {
  it.each([
    ['JavaScript', `test('a b', fn); it("c", fn); it.concurrent(\`d\`, fn)`, ['a b', 'c', 'd']],
    [
      'Python',
      'def test_a():\n    pass\nclass T:\n    async def test_b(self): ...\ndef helper(): ...',
      ['test_a', 'test_b'],
    ],
    ['Go', 'func TestA(t *testing.T) {}\nfunc helper() {}\nfunc FuzzB(f *testing.F) {}', ['TestA', 'FuzzB']],
    ['Rust', '#[test]\n#[should_panic]\nfn a() {}\n#[tokio::test]\nasync fn b() {}\nfn c() {}', ['a', 'b']],
    ['Ruby', `it 'adds' do\nend`, ['adds']],
    [
      'Java',
      '  @Test\n  @Tag("x") @Timeout(3)\n\n  public void adds() {}\n  @Test(expected = E.class) void throwsE() {}\n  void helper() {}\n  @Test\n  int no() {}\n  void noneEither() {}',
      ['adds', 'throwsE'],
    ],
    ['Kotlin', '@Test\nfun `adds two`() = runTest {\n}\nfun helper() {}', ['adds two']],
    ['a glob that looks like a comment', `test('a', f);\nglob('src/*');\ntest('b', f);`, ['a', 'b']],
  ])('finds the tests of %s', (_, text, names) =>
    expect([...readTestSource(text).names].sort()).toEqual([...names].sort()),
  );

  it('takes a test in a comment for none, and a skipped one for none', () =>
    expect(readTestSource(`// test('a', f)\n/* test('b', f) */\ntest.skip('c', f)`)).toMatchObject({
      names: [],
      skips: 1,
    }));

  it.each([
    ['test.only("a", f)', 1],
    ['xit("a", f)', 1],
    ["test('a', { skip: true }, f)", 1],
    ['@pytest.mark.skipif(True, reason="")\ndef test_a(): ...', 1],
    ['@unittest.skip("later")\ndef test_a(self): ...', 1],
    ['func TestA(t *testing.T) { t.Skip("later") }', 1],
    ['#[test]\n#[ignore]\nfn a() {}', 1],
    ["test('skips blank lines', f)", 0],
    ['const skipped = rows.filter(Boolean);', 0],
    ["assert.deepEqual(list, { todo: 'milk', only: 1 });", 0],
    ['    model.fit(rows)\n    fit(rows)', 0],
  ])('counts what keeps tests from running in %j', (text, skips) => expect(readTestSource(text).skips).toBe(skips));

  it.each([
    ['process.exit(0);\ntest("a", f)', 1],
    ['def test_a():\n    os._exit(0)', 1],
    ["run('node', ['-e', 'process.exit(3)']);", 0],
  ])('counts what ends the process in %j', (text, exits) => expect(readTestSource(text).exits).toBe(exits));

  it.each([
    ['assert.equal(1, 1); assert(2); expect(x).toBe(3);', 3],
    ["const assert = require('node:assert');\nimport { expect } from 'vitest';", 0],
    ['    assert total([1]) == 1\n    assert not x', 2],
    ['if x { t.Errorf("no") }\nrequire.Equal(t, 1, 1)', 2],
    ['assert_eq!(1, 1); assert!(x);', 2],
  ])('counts the assertions of %j', (text, assertions) => expect(readTestSource(text).assertions).toBe(assertions));

  it.each([
    '{'.repeat(100_000) + 'test('.repeat(20_000) + "'".repeat(50_001),
    `@Test${' @x'.repeat(60_000)}`,
    '@Test\n@x\n'.repeat(60_000),
    '/*'.repeat(200_000),
    '#[test]'.repeat(60_000),
    '#[test]#[a'.repeat(40_000),
    'assert.'.repeat(60_000),
    'should.a'.repeat(60_000),
  ])('is linear in long lines: %#', (text) => {
    const begun = performance.now();
    readTestSource(text);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe('weakenedSources', () => {
  it('finds a test that is gone, in whatever file', () => {
    expect(found(js(`test('a', () => assert.equal(f(1), 1));`))).toEqual([['test_vanished', 'test/a.test.js > b']]);
    expect(found(js('', undefined), change('test/b.test.js', null, `test('a', f); test('b', f)`))).toEqual([
      ['fewer_assertions', 'test/a.test.js: 2 assertions before, 0 now'],
    ]);
  });

  it('finds a test file that is gone', () =>
    expect(found(change('test_a.py', 'def test_a():\n    assert f()\n', null))).toEqual([
      ['test_vanished', 'test_a.py > test_a'],
    ]));

  it('finds what keeps tests from running', () => {
    const after = `test('a', () => assert.equal(f(1), 1));\ntest('b', { skip: true }, () => assert.equal(f(2), 2));\n`;
    expect(found(js(after))).toEqual([['test_newly_skipped', 'test/a.test.js']]);
    expect(found(js(`process.exit(0);\n${after.replace(' { skip: true },', '')}`))).toEqual([
      ['test_newly_skipped', 'test/a.test.js'],
    ]);
  });

  it('finds assertions that were taken out', () =>
    expect(found(js(`test('a', () => assert.equal(f(1), 1));\ntest('b', () => undefined);\n`))).toEqual([
      ['fewer_assertions', 'test/a.test.js: 2 assertions before, 1 now'],
    ]));

  it.each<[string, TreeChange[]]>([
    [
      'new tests in an old file',
      [js(`test('a', () => assert.equal(f(1), 1));\ntest('b', () => assert.equal(f(2), 2));\ntest('c', f)`)],
    ],
    ['tests that moved', [js(''), change('test/b.test.js', null, js('').before ?? '')]],
    ['a new file with a skipped test', [change('test/n.test.js', null, `test.skip('later', f)`)]],
    ['files that are no tests', [change('src/a.js', 'assert(x)', '')]],
    ['contents that were not handed in', [{ path: 'test/a.test.js', status: 'modified' }]],
  ])('finds nothing in %s', (_, changed) => expect(found(...changed)).toEqual([]));
});

describe('compareTests on a step’s own earlier attempts', () => {
  const report = (names: Record<string, 'passed' | 'failed' | 'skipped'>) => ({
    tests: { passed: 0, failed: 0, skipped: 0, total: Object.keys(names).length },
    names: Object.entries(names).map(([name, status]) => ({ name, status })),
    namesComplete: true,
  });
  const compare = (names: Parameters<typeof report>[0], more: Partial<ComparisonFacts> = {}) =>
    compareTests({
      before: null,
      after: null,
      changed: [],
      declared: [],
      earlier: { total: 2, failing: ['b'], now: report(names) },
      ...more,
    }).findings.map(({ code, evidence }) => [code, ...evidence]);

  it('lets a failing test of its own be mended or renamed', () => {
    expect(compare({ a: 'passed', b: 'passed' })).toEqual([]);
    expect(compare({ a: 'passed', 'b, better': 'passed' })).toEqual([]);
  });

  it('has a person look when it is gone or skipped', () => {
    expect(compare({ a: 'passed' })).toEqual([['test_vanished', 'b']]);
    expect(compare({ a: 'passed', b: 'skipped' })).toEqual([['test_newly_skipped', 'b']]);
  });

  it('has a person look at a script that the verification runs', () => {
    const changed = [change('scripts/check.sh', 'node --test', 'true'), change('src/app.js', 'a', 'b')];
    const commands = ['bash scripts/check.sh', 'node src/app.js', 'grep good notes/check.txt'];
    expect(compare({ a: 'passed', b: 'passed' }, { changed, commands })).toEqual([
      ['test_command_changed', 'scripts/check.sh'],
    ]);
    expect(compare({ a: 'passed', b: 'passed' }, { changed, commands, declared: ['scripts/check.sh'] })).toEqual([]);
  });
});
