import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readReport } from './read-report';

const fixture = (name: string): string => readFileSync(join(__dirname, '../../fixtures', name), 'utf8');

/** Outputs of the real runners: file, runner, passed, failed, skipped, failing names, suites that could not be loaded. */
type Row = [
  file: string,
  runner: string,
  passed: number,
  failed: number,
  skipped: number,
  failing?: string[],
  broken?: number,
];

const removes = ['cart > removes an item'];
const pytestFailing = ['test_mixed.py::test_removes', 'test_mixed.py::test_error'];
const goFailing = ['TestRemoves', 'TestSub', 'TestSub/two'].map((name) => `example.test/cart/mixed > ${name}`);

const rows: Row[] = [
  ['node20-mixed-spec', 'node-test', 5, 1, 2, removes],
  ['node20-mixed-tap', 'node-test', 5, 1, 2, removes],
  ['node22-mixed-spec', 'node-test', 5, 1, 2, removes],
  ['node22-mixed-tap', 'node-test', 5, 1, 2, removes],
  ['node24-mixed-spec', 'node-test', 5, 1, 2, removes],
  ['node24-mixed-tap', 'node-test', 5, 1, 2, removes],
  ['node24-skip-spec', 'node-test', 0, 0, 2],
  ['node20-boom-spec', 'node-test', 0, 1, 0, ['/repo/boom.test.js']],
  ['node20-none-tap', 'node-test', 0, 0, 0],
  ['node22-none-spec', 'node-test', 0, 0, 0],
  ['node20-empty', 'node-test', 0, 0, 0],
  ['jest-mixed', 'jest', 2, 1, 2, ['mixed.test.js > cart > removes an item']],
  ['jest-verbose', 'jest', 4, 1, 2, ['mixed.test.js > cart > removes an item']],
  ['jest-boom', 'jest', 0, 0, 0, ['boom.test.js'], 1],
  ['jest-none', 'jest', 0, 0, 0],
  ['jest-empty', 'jest', 0, 0, 0],
  ['jest-skip', 'jest', 0, 0, 2],
  ['vitest-mixed', 'vitest', 1, 1, 2, ['mixed.test.js > cart > removes an item']],
  ['vitest-verbose', 'vitest', 3, 1, 2, ['mixed.test.js > cart > removes an item']],
  ['vitest-pass', 'vitest', 2, 0, 0],
  ['vitest-skip', 'vitest', 0, 0, 1],
  ['vitest-none', 'vitest', 0, 0, 0],
  ['vitest-nosuch', 'vitest', 0, 0, 0],
  ['mocha-mixed', 'mocha', 1, 1, 1, ['cart > removes']],
  ['mocha-none', 'mocha', 0, 0, 0],
  ['pytest-mixed', 'pytest', 5, 2, 2, pytestFailing],
  ['pytest-mixed-q', 'pytest', 5, 2, 2, pytestFailing],
  ['pytest-mixed-v', 'pytest', 5, 2, 2, pytestFailing],
  ['pytest9-mixed-v', 'pytest', 5, 2, 2, pytestFailing],
  ['pytest-rA', 'pytest', 5, 2, 2, [...pytestFailing].reverse()],
  ['pytest-none', 'pytest', 0, 0, 0],
  ['pytest-none-q', 'pytest', 0, 0, 0],
  ['pytest-skip', 'pytest', 0, 0, 1],
  ['pytest-boom', 'pytest', 0, 1, 0, ['test_boom.py'], 1],
  ['unittest', 'unittest', 1, 1, 1, ['__main__.T.test_b']],
  ['go-mixed', 'go', 1, 3, 0, goFailing],
  ['go-mixed-v', 'go', 2, 3, 1, goFailing],
  ['go-mixed-json', 'go', 2, 3, 1, [goFailing[0]!, goFailing[2]!, goFailing[1]!]],
  ['go-all-v', 'go', 4, 3, 1, goFailing],
  ['go-none', 'go', 0, 0, 0],
  ['go-norun', 'go', 0, 0, 0],
  ['go-skip-v', 'go', 0, 0, 1],
  ['go-boom', 'go', 0, 0, 0, ['example.test/cart/boom'], 1],
  ['cargo-mixed', 'cargo', 3, 1, 1, ['src/lib.rs > tests::removes']],
  ['cargo-none', 'cargo', 0, 0, 0],
];

describe('reports of real runners', () => {
  it.each(rows)('%s', (...row) => {
    const [file, runner, passed, failed, skipped, failing = [], broken = 0] = row;
    expect(readReport(fixture(`${file}.txt`))).toMatchObject({
      runner,
      tests: { passed, failed, skipped, total: passed + failed + skipped },
      failing,
      brokenSuites: broken,
      incomplete: false,
    });
  });

  it.each([
    ['node20-mixed-spec', 'cart > keeps a discount', 'skipped'],
    ['node24-mixed-tap', 'with subtests > inner two', 'passed'],
    ['jest-verbose', 'pass.test.js > two', 'passed'],
    ['vitest-verbose', 'mixed.test.js > cart > keeps a discount', 'skipped'],
    ['pytest-mixed-v', 'test_mixed.py::TestCart::test_total', 'passed'],
    ['go-mixed-v', 'example.test/cart/mixed > TestSub/one', 'passed'],
    ['cargo-mixed', 'tests/whole.rs > whole', 'passed'],
    ['mocha-mixed', 'cart > keeps', 'skipped'],
  ])('%s names %s as %s', (file, name, status) => {
    const report = readReport(fixture(`${file}.txt`));
    expect(report.names).toContainEqual({ name, status });
    expect(report.namesComplete).toBe(true);
  });

  it.each(['pytest-mixed', 'vitest-pass', 'jest-skip'])('%s does not claim to name every test', (file) => {
    expect(readReport(fixture(`${file}.txt`)).namesComplete).toBe(false);
  });

  it('takes the names of a JUnit file that tells of the same tests', () => {
    const report = readReport(fixture('pytest-mixed.txt'), [fixture('pytest.xml')]);
    expect(report).toMatchObject({
      runner: 'pytest',
      namesComplete: true,
      tests: { passed: 5, failed: 2, skipped: 2, total: 9 },
    });
    expect(report.names).toContainEqual({ name: 'test_mixed > test_later', status: 'skipped' });
  });

  it('reads a JUnit document in the output', () => {
    const report = readReport(`before\n${fixture('node20-junit.xml')}\nafter\n`);
    expect(report).toMatchObject({ runner: 'junit', tests: { passed: 4, failed: 1, skipped: 2, total: 7 } });
  });

  it('believes a JUnit file that knows of failures which the text hides', () => {
    const report = readReport('==== 9 passed in 0.01s ====\n', [fixture('pytest.xml')]);
    expect(report.tests?.failed).toBe(2);
    expect(report.failing).toEqual(['test_mixed > test_removes', 'test_mixed > test_error']);
  });

  it('sums several runners, and several runs of one', () => {
    const output = [fixture('pytest-mixed.txt'), fixture('jest-verbose.txt'), fixture('pytest-skip.txt')].join('');
    const report = readReport(output);
    expect(report.runners).toEqual(['pytest', 'jest']);
    expect(report.tests).toEqual({ passed: 9, failed: 3, skipped: 5, total: 17 });
  });

  it.each(['node20-mixed-spec', 'node20-mixed-tap', 'jest-mixed', 'go-mixed-v', 'cargo-mixed', 'pytest-mixed'])(
    'sums two runs of %s',
    (file) => {
      const once = readReport(fixture(`${file}.txt`)).tests!;
      const twice = readReport(fixture(`${file}.txt`).repeat(2)).tests!;
      expect(twice).toEqual({
        passed: once.passed * 2,
        failed: once.failed * 2,
        skipped: once.skipped * 2,
        total: once.total * 2,
      });
    },
  );

  it('reads Windows line ends, colours and rewritten lines', () => {
    const output =
      '\u001b[1mcollecting\u001b[0m\rrun\r\n\u001b[32m===== \u001b[1m3 passed\u001b[0m in 0.12s =====\u001b[0m\r\n';
    expect(readReport(output).tests).toEqual({ passed: 3, failed: 0, skipped: 0, total: 3 });
  });

  it('knows no runner in other output, and says nothing of tests', () => {
    const report = readReport('ok\nall tests pass\n3 passed\nTests: 4\n');
    expect(report).toMatchObject({ runner: null, failing: [], names: [] });
    expect(report.tests).toBeUndefined();
  });
});

describe('summaries that the code under test prints', () => {
  it('do not replace the runner’s own: pytest with -s', () => {
    const output = [
      '============================= test session starts ==============================',
      'test_a.py ==== 99 passed in 0.01s ====',
      'F',
      '=========================== short test summary info ============================',
      'FAILED test_a.py::test_x - assert 0',
      '============================== 1 failed in 0.02s ===============================',
    ].join('\n');
    expect(readReport(output).tests).toEqual({ passed: 0, failed: 1, skipped: 0, total: 1 });
  });

  it('do not replace the runner’s own: jest', () => {
    const forged = 'Test Suites: 1 passed, 1 total\nTests:       9 passed, 9 total\n';
    expect(readReport(forged + fixture('jest-boom.txt'))).toMatchObject({ tests: { total: 0 }, brokenSuites: 1 });
  });

  it('do not replace the runner’s own: node:test', () => {
    const forged = fixture('node22-none-spec.txt').split('\n').slice(1).join('\n').replace(/ 1$/gm, ' 7');
    expect(readReport(forged + fixture('node20-mixed-spec.txt')).tests).toMatchObject({ passed: 5, failed: 1 });
  });

  it('do not replace the runner’s own: cargo', () => {
    const output =
      'running 1 test\ntest result: ok. 9 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\ntest a ... FAILED\n\ntest result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n';
    expect(readReport(output).tests).toEqual({ passed: 0, failed: 1, skipped: 0, total: 1 });
  });

  it.each([
    ['pytest', '===== test session starts =====\ncollected 3 items\n\ntest_a.py '],
    ['cargo', 'running 3 tests\ntest a ... ok\n'],
    ['tap', 'TAP version 13\nok 1 - a\n'],
    ['vitest', ' RUN  v4.1.12 /repo\n\n'],
    ['go', '=== RUN   TestOne\n'],
  ])('are missing when %s is ended half-way', (runner, output) => {
    expect(readReport(output)).toMatchObject({ runner, incomplete: true });
  });
});

describe('TAP of other producers', () => {
  it('counts leaves, directives and points that never came', () => {
    const output =
      'TAP version 14\n1..5\nok 1 - a\nnot ok 2 - b\n  ---\n  not ok 9 - in details\n  ...\nok 3 - c # SKIP later\nnot ok 4 - d # TODO\n';
    expect(readReport(output)).toMatchObject({
      runner: 'tap',
      tests: { passed: 1, failed: 2, skipped: 2, total: 5 },
      failing: ['b'],
    });
  });

  it('reads a bail-out as a suite that could not run', () => {
    expect(readReport('1..2\nok 1 - a\nBail out! no database\n')).toMatchObject({
      brokenSuites: 1,
      tests: { failed: 1 },
    });
  });
});

describe('hostile input', () => {
  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_000 }), (bytes) => {
        const text = Buffer.from(bytes).toString('utf8');
        const { tests } = readReport(text, [text, `<testsuite>${text}`]);
        expect(tests === undefined || tests.total >= 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws on shuffled pieces of real reports, and counts stay consistent', () => {
    const lines = rows.flatMap(([file]) => fixture(`${file}.txt`).split('\n'));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 200 }), (mixed) => {
        const { tests } = readReport(mixed.join('\n'));
        if (tests) expect(tests.passed + tests.failed + tests.skipped).toBe(tests.total);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['one long line', 'x'.repeat(8_000_000)],
    ['spaces', `${' '.repeat(4_000)}\n`.repeat(2_000)],
    ['marks', `${'✔ '.repeat(1_000)}(1ms\n`.repeat(1_000)],
    ['equals signs', `${'='.repeat(4_000)}\n`.repeat(1_000)],
    ['nested TAP', Array.from({ length: 20_000 }, (_, depth) => `${' '.repeat(4 * (depth % 900))}ok 1 - a`).join('\n')],
    ['counts', `${'1 passed, '.repeat(400)}in 1s!\n`.repeat(1_000)],
    ['test ids', `${'a::'.repeat(1_300)}\n`.repeat(2_000)],
    ['summaries of spaces', `PASS ./a.js\n${`Test Suites: ${' '.repeat(4_000)}\n`.repeat(2_000)}`],
    ['openings of XML', '<?xml \n'.repeat(500_000)],
    ['dots', `a.py ${'.'.repeat(4_000)}\n`.repeat(1_000)],
  ])('takes linear time: %s', (_, text) => {
    const started = performance.now();
    readReport(text);
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});
