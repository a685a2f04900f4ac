import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from './program';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await commandLine(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    outIsTty: false,
    errIsTty: false,
    size: () => ({ columns: 80, rows: 24 }),
  });
  return { code, out, err };
}

describe('the command line', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['fly']],
    ['an unknown option', ['watch', 'id', '--fast']],
    ['a missing argument', ['watch']],
    ['run without a repository', ['run', 'plan.md']],
    ['a word that is no choice', ['run', 'p.md', '--repo', '.', '--advance', 'sometimes']],
    ['a number that is none', ['dev', '--executors', 'many']],
    ['a port that is none', ['dev', '--port', '70000']],
    ...(
      [
        ['cost', 'little', 'NaN', '-1', '0', '1e400', '$', ''],
        ['tokens', 'M', '-5k', '1e6', 'Infinity'],
        ['time', '1y', '-90m', '0s'],
        ['attempts', '0.5', '1e2'],
      ] as const
    ).flatMap(([kind, ...amounts]) =>
      amounts.map((amount): [string, string[]] => [
        `${amount} as a limit of ${kind}`,
        ['run', 'p.md', '--repo', '.', `--max-${kind}`, amount],
      ]),
    ),
    ['two places for data', ['dev', '--ephemeral', '--data-dir', 'x']],
  ])('is refused with status 2 and a word on stderr: %s', async (_what, args) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).not.toBe('');
  });

  it('tells what there is, with the meaning of the exit status, and that is no failure', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const word of [
      'dev',
      'run',
      'watch',
      'why',
      'questions',
      'answer',
      'retry',
      'approve',
      'skip',
      'amend',
      'results',
      'diff',
      'doctor',
      'Exit status',
    ])
      expect(out).toContain(word);
  });
});

describe('run', () => {
  it('says how runs come after one another', async () => {
    const { code, out } = await run('run', '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/--after <run>\s+start when that run is delivered/);
  });
});

describe('the plan commands', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-plan-'));
    file = join(folder, 'plan.md');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const unverified = '# P Plan\n\n## Implementation Steps\n\n### Step 1: Do it\n\n**Goal**: it is done\n';

  it('scaffold a plan that can be linted, and write over nothing', async () => {
    expect((await run('plan', 'scaffold', file)).code).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect((await run('plan', 'lint', file)).code).toBe(0);
    const again = await run('plan', 'scaffold', file);
    expect(again.code).toBe(2);
    expect(again.err).toContain('already');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect((await run('plan', 'scaffold', '-')).out).toBe(text);
  });

  it('lint with status 2 and file:line:column for each problem', async () => {
    writeFileSync(file, unverified);
    const { code, out } = await run('plan', 'lint', file);
    expect(code).toBe(2);
    expect(out).toMatch(new RegExp(`^${file}:5:1  error  no_verification  `, 'm'));
    expect((await run('plan', 'lint', file, '--verify', 'make test')).code).toBe(0);
  });

  it('lint as one JSON object a line', async () => {
    writeFileSync(file, unverified);
    const lines = (await run('plan', 'lint', file, '--json')).out.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { code: string }).code)).toContain('no_verification');
  });

  it('show a plan as data, on one line', async () => {
    writeFileSync(file, unverified);
    const { code, out } = await run('plan', 'show', file, '--json');
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({ title: 'P Plan', steps: [{ key: '1', title: 'Do it', line: 5 }] });
  });

  it('say so when there is no such file', async () => {
    const { code, err } = await run('plan', 'show', join(folder, 'none.md'));
    expect(code).toBe(2);
    expect(err).toContain('ENOENT');
  });
});
