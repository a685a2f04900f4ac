import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { inspectLocalRepository } from '../mirror/inspect';
import { objectId } from '../objects/store';
import { plantedAttributes, plantInto, plantPrograms } from '../testing/planted';
import { author, date, inOurs, makeRig, put, userGit, type Rig } from '../testing/rig';
import type { Workspace } from './workspace';

let rig: Rig;
let workspace: Workspace;

beforeEach(async () => {
  rig = await makeRig();
  workspace = await rig.open();
});
afterEach(() => rig.dispose());

/** Everything that Lockstep does to a workspace, from a capture to the push. */
const wholeStep = async (): Promise<string> => {
  const parent = await workspace.head();
  const { treeSha } = await workspace.capture();
  await workspace.changedSince(treeSha);
  const full = await workspace.addToTree(treeSha, { path: 'docs/results.md', content: '# Results\n' });
  const sha = await workspace.commit({ treeSha: full, parent, message: 'step', author, date });
  await workspace.advance({ from: parent, to: sha });
  const { head, bundle, wip } = await workspace.snapshot({ author, date });
  await workspace.restoreTree(full);
  await workspace.diff(parent, sha);
  await workspace.filesChanged(parent, sha);
  await workspace.log();
  await (await workspace.cleanRoom(sha)).dispose();
  await workspace.restore({ head, bundles: bundle === null ? [] : [bundle], wip });
  await workspace.resetAgentRepository();
  await workspace.push({ url: rig.project, expected: null });
  return sha;
};

const expectNothingRan = (): void => expect(existsSync(rig.canary) ? readFileSync(rig.canary, 'utf8') : '').toBe('');

describe('an agent that plants things', () => {
  it('is carried out by git in its own repository, which shows that the traps work', async () => {
    plantInto(join(workspace.tree, '.git'), rig.canary);
    put(workspace.tree, '.gitattributes', plantedAttributes);
    put(workspace.tree, 'x.txt', 'x\n');
    await execa('git', ['add', '-A'], { cwd: workspace.tree, reject: false, stdin: 'ignore', timeout: 5_000 });
    const ran = readFileSync(rig.canary, 'utf8');
    expect(ran).toContain('fsmonitor');
    expect(ran).toMatch(/process|clean/);
  });

  it('runs nothing with hooks, filters, monitors and attributes in its repository', async () => {
    plantInto(join(workspace.tree, '.git'), rig.canary);
    put(workspace.tree, '.gitattributes', plantedAttributes);
    put(workspace.tree, 'src/a.ts', 'line\n$Id$\n');
    const sha = await wholeStep();
    expectNothingRan();
    expect(await inOurs(workspace, 'show', `${sha}:src/a.ts`)).toBe('line\n$Id$');
    expect(readFileSync(join(workspace.tree, 'src/a.ts'), 'utf8')).toBe('line\n$Id$\n');
    expect(await inOurs(workspace, 'fsck', '--full', '--no-dangling')).toBe('');
  });

  it('runs nothing of a nested repository, which is left out', async () => {
    const nested = join(workspace.tree, 'vendor/lib');
    put(nested, 'file.txt', 'nested\n');
    await userGit(nested, 'init', '-q');
    plantInto(join(nested, '.git'), rig.canary);
    const inSource = join(workspace.tree, 'src');
    await userGit(inSource, 'init', '-q');
    plantInto(join(inSource, '.git'), rig.canary);
    put(workspace.tree, 'src/a.ts', 'changed\n');
    const capture = await workspace.capture();
    expect(capture.nestedRepositories.toSorted()).toEqual(['src', 'vendor/lib']);
    expect(capture.changed).toEqual([{ path: 'src/a.ts', status: 'modified' }]);
    await wholeStep();
    expectNothingRan();
  });

  it.each([
    [
      'a file that points at a hostile repository',
      (git: string, evil: string) => put(git, '..git', `gitdir: ${evil}\n`),
    ],
    ['a symbolic link to a hostile repository', (git: string, evil: string) => symlinkSync(evil, join(git, '..git'))],
  ])('runs nothing when .git is %s', async (_, plant) => {
    const evil = join(rig.directory, 'evil.git');
    await userGit(rig.directory, 'init', '-q', '--bare', evil);
    plantInto(evil, rig.canary);
    rmSync(join(workspace.tree, '.git'), { recursive: true });
    plant(workspace.tree, evil);
    renameSync(join(workspace.tree, '..git'), join(workspace.tree, '.git'));
    put(workspace.tree, 'src/a.ts', 'changed\n');
    await wholeStep();
    expectNothingRan();
    expect(existsSync(join(evil, 'planted'))).toBe(true);
    expect(await userGit(workspace.tree, 'status', '--porcelain')).toBe('');
  });

  it('runs nothing by way of the environment of the executor', async () => {
    const programs = join(rig.directory, 'programs');
    const config = plantPrograms(programs, rig.canary);
    put(programs, 'gitconfig', config);
    const planted = {
      GIT_DIR: join(rig.project, '.git'),
      GIT_EXTERNAL_DIFF: join(programs, 'diff'),
      GIT_SSH_COMMAND: join(programs, 'ssh'),
      GIT_CONFIG_GLOBAL: join(programs, 'gitconfig'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: join(programs, 'fsmonitor'),
      GIT_OBJECT_DIRECTORY: join(rig.directory, 'objects'),
      GIT_TRACE: rig.canary,
    };
    const before = { ...process.env };
    Object.assign(process.env, planted);
    try {
      put(workspace.tree, 'src/a.ts', 'changed\n');
      await wholeStep();
    } finally {
      for (const name of Object.keys(planted)) delete process.env[name];
      Object.assign(process.env, before);
    }
    expectNothingRan();
    expect(await inOurs(workspace, 'fsck', '--full', '--no-dangling')).toBe('');
  });

  it('changes nothing in our history with add, commit, stash, branches and refs', async () => {
    const base = await workspace.head();
    put(workspace.tree, 'src/a.ts', 'stashed\n');
    await userGit(workspace.tree, 'stash');
    put(workspace.tree, 'src/b.ts', 'committed by the agent\n');
    await userGit(workspace.tree, 'add', '-A');
    await userGit(workspace.tree, 'commit', '-q', '-m', 'by the agent');
    await userGit(workspace.tree, 'checkout', '-q', '-b', 'other');
    await userGit(workspace.tree, 'update-ref', 'refs/heads/lockstep/run-1', 'HEAD');
    expect(await workspace.head()).toBe(base);
    expect((await workspace.capture()).changed).toEqual([{ path: 'src/b.ts', status: 'modified' }]);
    const sha = await wholeStep();
    expect(await inOurs(workspace, 'rev-list', '--count', `${base}..${sha}`)).toBe('1');
    expect(await inOurs(workspace, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe(
      'refs/heads/lockstep/run-1',
    );
    expect(await userGit(workspace.tree, 'log', '--format=%s', '-1')).toBe('step');
    expect(await userGit(workspace.tree, 'stash', 'list')).toBe('');
  });
});

describe('symbolic links', () => {
  it('are taken as links, and nothing is read or written through them', async () => {
    const outside = join(rig.directory, 'outside');
    put(outside, 'secret.txt', 'secret');
    put(outside, 'er/still/file.txt', 'outside');
    rmSync(join(workspace.tree, 'deep'), { recursive: true });
    const { treeSha } = await (await rig.open('run-2')).capture();
    symlinkSync(outside, join(workspace.tree, 'deep'));
    const capture = await workspace.capture();
    expect(capture.changed).toEqual([
      { path: 'deep', status: 'added' },
      { path: 'deep/er/still/file.txt', status: 'deleted' },
    ]);
    await workspace.addToTree(capture.treeSha, { path: 'deep/results.md', content: 'ours' });
    expect(existsSync(join(outside, 'results.md'))).toBe(false);
    await workspace.restoreTree(await workspace.head());
    expect(treeSha).toBe((await workspace.capture()).treeSha);
    expect(readFileSync(join(outside, 'er/still/file.txt'), 'utf8')).toBe('outside');
  });

  const swapper = `
    const { renameSync, symlinkSync, rmSync } = require('node:fs');
    const [path, target] = process.argv.slice(1);
    process.stdout.write('ready');
    for (;;) {
      try {
        renameSync(path, path + '.real');
        symlinkSync(target, path);
        rmSync(path);
        renameSync(path + '.real', path);
      } catch {}
    }`;

  it.each([
    ['file', 'src/a.ts', 'secret.txt'],
    ['folder', 'src', '.'],
  ])('that take the place of a %s during the walk lead nowhere', async (_, path, to) => {
    const outside = join(rig.directory, 'outside');
    for (const name of ['secret.txt', 'a.ts', 'b.ts']) put(outside, name, 'the secret\n');
    const child = spawn(process.execPath, ['-e', swapper, join(workspace.tree, path), join(outside, to)]);
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    try {
      for (let round = 0; round < 60; round += 1) {
        await workspace.capture().catch((error: unknown) => expect(error).toMatchObject({ code: 'git_failed' }));
      }
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    const secret = objectId('blob', Buffer.from('the secret\n'));
    await expect(inOurs(workspace, 'cat-file', '-e', secret)).rejects.toMatchObject({ exitCode: 1 });
  });
});

describe('a local repository that is hostile itself', () => {
  it('is fetched, looked at and pushed to without carrying anything of it out', async () => {
    put(rig.project, '.gitattributes', '* filter=evil diff=evil merge=evil ident\n');
    await userGit(rig.project, 'add', '-A');
    await userGit(rig.project, 'commit', '-q', '-m', 'attributes');
    const nested = join(rig.project, 'nested');
    put(nested, 'x', 'x');
    await userGit(nested, 'init', '-q');
    await userGit(nested, 'add', '-A');
    await userGit(nested, 'commit', '-q', '-m', 'nested');
    await userGit(rig.project, 'add', 'nested');
    await userGit(rig.project, 'commit', '-q', '-m', 'nested');
    plantInto(join(nested, '.git'), rig.canary);
    plantInto(join(rig.project, '.git'), rig.canary);
    put(rig.project, 'src/a.ts', 'changed\n');
    const found = await inspectLocalRepository(rig.project);
    expect(found).toMatchObject({ dirty: true, branch: 'main', changes: [{ path: 'src/a.ts', untracked: false }] });
    workspace = await rig.open('run-3');
    expect((await workspace.capture()).changed).toEqual([]);
    expectNothingRan();
  });
});
