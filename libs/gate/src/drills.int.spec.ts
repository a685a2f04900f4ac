import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findExecutable, isolationTier, listMarked } from '@lockstep/supervise';
import { compareTests } from './checks/compare-tests';
import { runVerification, verifyOnceMore } from './run/run-verification';
import type { VerificationResult, VerificationSpec } from './run/verification';

const jestBin = join(dirname(require.resolve('jest/package.json')), 'bin/jest.js');
const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
const tool = (name: string): string | undefined =>
  findExecutable(name, '/', `${path}${delimiter}${process.env['PATH'] ?? ''}`);

let home: string;
let repo: string;
let marker = 0;

const write = (files: Record<string, string>): void =>
  Object.entries(files).forEach(([name, text]) => {
    mkdirSync(dirname(join(repo, name)), { recursive: true });
    writeFileSync(join(repo, name), text);
  });

const spec = (script: string, more: Partial<VerificationSpec> = {}): VerificationSpec => ({
  script,
  cwd: repo,
  env: {
    PATH: process.env['PATH'] ?? path,
    HOME: home,
    LANG: 'C.UTF-8',
    GOCACHE: join(home, 'go-cache'),
    GOTOOLCHAIN: 'local',
  },
  timeoutMs: 60_000,
  outputBytes: 64 * 1024,
  reportDir: join(home, 'reports'),
  graceMs: 200,
  marker: `gate-drill-${process.pid}-${(marker += 1)}`,
  ...more,
});

const run = (script: string, more: Partial<VerificationSpec> = {}): Promise<VerificationResult> =>
  runVerification(spec(script, more));

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lockstep-gate-'));
  repo = join(home, 'repo');
  mkdirSync(repo);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

interface Language {
  readonly title: string;
  readonly runner: string;
  readonly command: string;
  readonly setup: Record<string, string>;
  readonly file: string;
  readonly pass: string;
  readonly fail: string;
  readonly skip: string;
  readonly none: string;
  /** Asks for a test that isn't there. */
  readonly noneCommand?: string;
}

const node: Language = {
  title: 'node:test',
  runner: 'node-test',
  command: 'node --test',
  setup: {},
  file: 'cart.test.js',
  pass: `const { test } = require('node:test');\ntest('adds', () => {});\ntest('removes', () => {});\n`,
  fail: `const { test } = require('node:test');\ntest('adds', () => {});\ntest('removes', () => { throw new Error('no'); });\n`,
  skip: `const { test } = require('node:test');\ntest.skip('adds', () => {});\ntest.skip('removes', () => {});\n`,
  none: `module.exports = {};\n`,
};

const jestLanguage: Language = {
  title: 'Jest',
  runner: 'jest',
  command: `node ${JSON.stringify(jestBin)} --ci --verbose`,
  setup: { 'jest.config.json': '{"testEnvironment":"node"}', 'package.json': '{}' },
  file: 'cart.test.js',
  pass: `test('adds', () => {});\ntest('removes', () => {});\n`,
  fail: `test('adds', () => {});\ntest('removes', () => { expect(1).toBe(2); });\n`,
  skip: `test.skip('adds', () => {});\ntest.skip('removes', () => {});\n`,
  none: `module.exports = {};\n`,
};

const pytest: Language = {
  title: 'pytest',
  runner: 'pytest',
  command: 'python3 -m pytest -q -p no:cacheprovider',
  setup: {},
  file: 'test_cart.py',
  pass: 'def test_adds(): pass\ndef test_removes(): pass\n',
  fail: 'def test_adds(): pass\ndef test_removes(): assert 1 == 2\n',
  skip: 'import pytest\n@pytest.mark.skip\ndef test_adds(): pass\n@pytest.mark.skip\ndef test_removes(): pass\n',
  none: 'x = 1\n',
};

const goFile = (body: string): string =>
  `package cart\nimport "testing"\nfunc TestAdds(t *testing.T) {${body}}\nfunc TestRemoves(t *testing.T) {${body}}\n`;
const go: Language = {
  title: 'go test',
  runner: 'go',
  command: 'go test ./...',
  setup: { 'go.mod': 'module example.test/cart\n\ngo 1.19\n', 'cart.go': 'package cart\n' },
  file: 'cart_test.go',
  pass: goFile(''),
  fail: goFile('').replace('TestRemoves(t *testing.T) {', 'TestRemoves(t *testing.T) { t.Error("no") '),
  skip: goFile(' t.Skip("later") '),
  none: 'package cart\n',
};

const hasPytest = tool('python3') !== undefined && tool('pytest') !== undefined;
const hasGo = tool('go') !== undefined;
const languages: [string, Language, boolean][] = [
  [node.title, node, true],
  [jestLanguage.title, jestLanguage, true],
  [hasPytest ? pytest.title : 'pytest (not on PATH: skipped)', pytest, hasPytest],
  [hasGo ? go.title : 'go test (not on PATH: skipped)', go, hasGo],
];

const withoutLine = (text: string, pattern: RegExp): string =>
  text
    .split('\n')
    .filter((line) => !pattern.test(line))
    .join('\n');

describe.each(languages)('%s', (_, language, present) => {
  const drill = present ? it : it.skip;
  const withTests = (text: string): void => write({ ...language.setup, [language.file]: text });

  drill('passing tests pass, and are named', async () => {
    withTests(language.pass);
    const result = await run(language.command);
    expect(result).toMatchObject({
      verdict: 'passed',
      runner: language.runner,
      tests: { passed: 2, failed: 0, skipped: 0, total: 2 },
      exitCode: 0,
      namesComplete: true,
    });
    expect(result.names.map((each) => each.status)).toEqual(['passed', 'passed']);
  });

  drill('a failing test fails, is named, and passes once it is fixed', async () => {
    withTests(language.fail);
    const result = await run(language.command);
    expect(result).toMatchObject({ verdict: 'failed', tests: { passed: 1, failed: 1 } });
    expect(result.failing).toEqual([expect.stringMatching(/removes/i)]);
    withTests(language.pass);
    expect((await run(language.command)).verdict).toBe('passed');
  });

  drill('a test file without a test is no_tests', async () => {
    withTests(language.none);
    expect(await run(language.command)).toMatchObject({ verdict: 'no_tests', tests: { total: 0 } });
  });

  drill('skipped tests alone are all_skipped', async () => {
    withTests(language.skip);
    expect(await run(language.command)).toMatchObject({ verdict: 'all_skipped', tests: { skipped: 2, total: 2 } });
  });

  drill('a failure that the plan expects is met; a success it does not expect fails', async () => {
    withTests(language.fail);
    expect((await run(language.command, { expectTexts: ['FAIL: removes is missing'] })).verdict).toBe(
      'expected_failure_met',
    );
    withTests(language.pass);
    expect((await run(language.command, { expectTexts: ['FAIL: removes is missing'] })).verdict).toBe('failed');
    withTests(language.none);
    expect((await run(language.command, { expectTexts: ['FAIL: removes is missing'] })).verdict).toBe('no_tests');
  });

  drill('a renamed, a deleted and a newly skipped test are found', async () => {
    withTests(language.pass);
    const before = await run(language.command);
    const compared = async (text: string) => {
      withTests(text);
      const after = await run(language.command);
      return compareTests({ before, after, changed: [{ path: language.file, status: 'modified' }], declared: [] });
    };
    expect((await compared(language.pass)).verdict).toBe('ok');
    const renamed = await compared(language.pass.replace(/removes/i, (word) => `${word}2`));
    expect(renamed.findings).toMatchObject([
      { code: 'test_vanished', message: expect.stringContaining('may be renamed') as string },
    ]);
    const deleted = await compared(withoutLine(language.pass, /removes/i));
    expect(deleted.findings).toMatchObject([{ code: 'test_vanished', evidence: [expect.stringMatching(/removes/i)] }]);
    const skipped = await compared(language.skip);
    // Jest names no test of a file whose tests are all skipped.
    expect(skipped.findings.map((each) => each.code)).toEqual([
      language === jestLanguage ? 'more_skipped' : 'test_newly_skipped',
    ]);
  });
});

describe('commands', () => {
  it('run as one strict bash script, stderr in its place', async () => {
    const result = await run('echo one\necho two >&2\nfalse | cat\necho never');
    expect(result).toMatchObject({ verdict: 'failed', exitCode: 1, output: 'one\ntwo\n', detail: 'exit 1' });
  });

  it('get the given environment and nothing else', async () => {
    process.env['LOCKSTEP_DRILL_SECRET'] = 'secret';
    const result = await run('env', { env: { PATH: path, ONLY: 'this' } });
    delete process.env['LOCKSTEP_DRILL_SECRET'];
    expect(result.output).toContain('ONLY=this');
    expect(result.output).not.toContain('secret');
  });

  it('time out within the limit, with everything they started', async () => {
    const hanging = spec('sleep 300 & trap "" TERM; while true; do sleep 1; done', { timeoutMs: 700 });
    const result = await runVerification(hanging);
    expect(result).toMatchObject({ verdict: 'timed_out', exitCode: null });
    expect(result.durationMs).toBeLessThan(10_000);
    expect(listMarked(hanging.marker)).toEqual([]);
  });

  it('time out when they are silent for too long', async () => {
    expect(await run('echo begin; sleep 300', { idleMs: 500 })).toMatchObject({
      verdict: 'timed_out',
      output: expect.stringMatching(/^begin\n/) as string,
    });
  });

  it('leave nothing behind: a daemon that a test started is ended', async () => {
    const pidFile = join(home, 'daemon.pid');
    write({
      'daemon.test.js': `const { test } = require('node:test');
        const { spawn } = require('node:child_process');
        test('starts a daemon', () => {
          const child = spawn('setsid', ['sh', '-c', 'echo $$ > ${pidFile}; exec sleep 300'], { detached: true, stdio: 'ignore' });
          child.unref();
          return new Promise((done) => { const look = () => require('node:fs').existsSync('${pidFile}') ? done() : setTimeout(look, 5); look(); });
        });`,
    });
    const daemon = spec('node --test');
    const result = await runVerification(daemon);
    expect(result.verdict).toBe('passed');
    expect(readFileSync(pidFile, 'utf8').trim()).toMatch(/^\d+$/);
    expect(result.strays).toBeGreaterThan(0);
    expect(listMarked(daemon.marker)).toEqual([]);
    expect(['pid-namespace', 'none']).toContain((await isolationTier()).tier);
  });

  it('are flaky when they fail and then pass unchanged', async () => {
    write({
      'flaky.test.js': `const { test } = require('node:test'); const fs = require('node:fs');
        test('sometimes', () => { const first = !fs.existsSync('../once'); fs.writeFileSync('../once', ''); if (first) throw new Error('first'); });`,
    });
    const first = await run('node --test');
    expect(first.verdict).toBe('failed');
    expect(await verifyOnceMore(spec('node --test'), first)).toMatchObject({
      verdict: 'flaky',
      exitCode: 0,
      failing: ['sometimes'],
    });
  });

  it('stay failed when they fail twice', async () => {
    const first = await run('exit 3');
    expect(await verifyOnceMore(spec('exit 3'), first)).toBe(first);
  });

  it('succeed with the exit status that the plan calls success', async () => {
    write({ 'a.txt': 'nothing' });
    const grep = 'grep -q TODO a.txt';
    expect(await run(grep, { expectTexts: ['exit 1 (no TODO left)'] })).toMatchObject({
      verdict: 'passed',
      exitCode: 1,
    });
    expect((await run(grep)).verdict).toBe('failed');
    expect((await run('true', { expectTexts: ['exit code 1'] })).verdict).toBe('failed');
  });

  it('compare what the plan says they print', async () => {
    const said = { expectTexts: ['"CLI module loads OK"'] };
    expect((await run('echo "CLI module loads OK"', said)).verdict).toBe('passed');
    expect(await run('echo other', said)).toMatchObject({
      verdict: 'failed',
      expected: [{ met: false, binding: true }],
    });
  });

  it('write much without harm: head, tail and a digest of all of it', async () => {
    const result = await run('echo first; seq 1 7000000; echo last');
    expect(result).toMatchObject({ verdict: 'passed', exitCode: 0 });
    expect(Buffer.byteLength(result.output)).toBeLessThan(70_000);
    expect(result.output).toMatch(/^first\n[^]*bytes left out[^]*\nlast\n$/);
    expect(result.outputSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are ended when they write without end', async () => {
    expect(await run('yes', { floodBytes: 1_000_000 })).toMatchObject({
      verdict: 'failed',
      exitCode: null,
      detail: expect.stringContaining('wrote more') as string,
    });
  });

  it('are an infra_error when a tool is missing, and a failure when the step owes the file', async () => {
    expect(await run('no-such-runner --all')).toMatchObject({
      verdict: 'infra_error',
      exitCode: 127,
      detail: expect.stringContaining('no-such-runner') as string,
    });
    expect(await run('./scripts/check.sh')).toMatchObject({ verdict: 'failed', exitCode: 127 });
  });

  it('are an infra_error when they cannot be started', async () => {
    expect(await run('true', { cwd: join(home, 'gone') })).toMatchObject({ verdict: 'infra_error', exitCode: null });
  });

  const pytestDrill = hasPytest ? it : it.skip;
  pytestDrill(
    `that end pytest behind a made-up summary prove nothing${hasPytest ? '' : ' (not on PATH: skipped)'}`,
    async () => {
      write({ 'test_a.py': 'import os\nprint("3 passed in 0.01s", flush=True)\nos._exit(0)\n' });
      expect(await run('python3 -m pytest -q -s')).toMatchObject({ verdict: 'failed', exitCode: 0 });
      write({ 'test_a.py': 'import os\ndef test_a(): os._exit(0)\n' });
      expect((await run('python3 -m pytest -q')).verdict).toBe('no_tests');
    },
  );

  it('that end the test process early prove nothing', async () => {
    write({ 'a.test.js': `console.log('TAP version 13'); process.exit(0);` });
    expect((await run('node a.test.js')).verdict).toBe('failed');
    expect((await run('node quiet.js 2>/dev/null || true', { owesTests: true })).verdict).toBe('no_tests');
  });
});
