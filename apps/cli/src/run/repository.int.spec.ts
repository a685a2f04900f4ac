import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '@lockstep/contracts';
import { chooseRepository, isRemote } from './repository';

describe('the repository of a run', () => {
  let root: string;
  let repository: string;
  let plan: string;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], { cwd: repository });

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-cli-')));
    repository = join(root, 'shop');
    plan = join(root, 'plan.md');
    mkdirSync(join(repository, 'src'), { recursive: true });
    writeFileSync(join(repository, 'src', 'a.js'), '1\n');
    writeFileSync(plan, '# Plan\n');
    git('init', '--quiet', '--initial-branch=main');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'begin');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const choose = (more: { base?: string; repository?: string; planFile?: string } = {}) =>
    chooseRepository({ repository, base: undefined, planFile: plan, ...more });
  const refusal = (choosing: Promise<unknown>): Promise<Fault> =>
    choosing.then(
      () => Promise.reject(new Error('it was expected to be refused')),
      (error: Fault) => error,
    );

  it('is the folder itself when all is committed', async () => {
    expect(await choose({ repository: `${repository}/` })).toEqual({ repository, planPath: undefined });
  });

  it('is refused with uncommitted changes, which it names, unless a base is given', async () => {
    writeFileSync(join(repository, 'src', 'a.js'), '2\n');
    writeFileSync(join(repository, 'new.js'), '3\n');
    const fault = await refusal(choose());
    expect(fault.code).toBe('repository_dirty');
    expect(fault.message).toContain('src/a.js');
    expect(fault.message).toContain('new.js');
    expect(fault.message).toContain('--base');
    await expect(choose({ base: 'HEAD' })).resolves.toMatchObject({ repository });
  });

  it('does not mind that the plan itself is not committed, and names it once it is', async () => {
    const planFile = join(repository, 'plan.md');
    writeFileSync(planFile, '# Plan\n');
    expect(await choose({ planFile })).toEqual({ repository, planPath: undefined });
    git('add', 'plan.md');
    git('commit', '--quiet', '--message', 'plan');
    expect(await choose({ planFile })).toEqual({ repository, planPath: 'plan.md' });
  });

  it.each([['no-such-branch'], ['--upload-pack=x'], ['HEAD:src/a.js']])('is refused with the base %s', async (base) => {
    expect((await refusal(choose({ base }))).code).toBe('base_not_found');
  });

  it('is refused where there is none, or no commit, and inside another', async () => {
    expect((await refusal(choose({ repository: join(root, 'none') }))).message).toContain('There is no folder');
    expect((await refusal(choose({ repository: root }))).message).toContain('no git repository');
    expect((await refusal(choose({ repository: join(repository, 'src') }))).message).toContain(`--repo ${repository}`);
    const empty = join(root, 'empty');
    execFileSync('git', ['init', '--quiet', empty]);
    expect((await refusal(choose({ repository: empty }))).code).toBe('base_not_found');
  });

  it.each([
    ['https://example.com/a.git', true],
    ['ssh://git@example.com/a.git', true],
    ['git@example.com:a.git', true],
    ['./a', false],
    ['/a/b', false],
  ])('at %s is a URL: %s', (text, remote) => expect(isRemote(text)).toBe(remote));
});
