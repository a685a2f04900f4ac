import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { author, date, inOurs, makeRig, put, userGit, type Rig } from '../testing/rig';
import { beginWorkspace } from './open';
import type { Workspace } from './workspace';

let rig: Rig;
let workspace: Workspace;

beforeEach(async () => {
  rig = await makeRig();
  workspace = await rig.open();
});
afterEach(() => rig.dispose());

const commitAll = async (message: string, at = date): Promise<string> => {
  const { treeSha } = await workspace.capture();
  const parent = await workspace.head();
  const sha = await workspace.commit({ treeSha, parent, message, author, date: at });
  await workspace.advance({ from: parent, to: sha });
  return sha;
};

describe('opening', () => {
  it('gives a checkout of the base on the branch, which git in the tree sees as clean', async () => {
    expect(readFileSync(join(workspace.tree, 'src/a.ts'), 'utf8')).toBe('export const a = 1;\n');
    expect(await userGit(workspace.tree, 'status', '--porcelain', '--branch')).toBe('## lockstep/run-1');
    expect(await userGit(workspace.tree, 'rev-parse', 'HEAD')).toBe(await workspace.head());
    expect(await workspace.capture()).toMatchObject({ changed: [], nestedRepositories: [], skipped: [] });
  });

  it('goes on with what is there when it is opened again', async () => {
    put(workspace.tree, 'new.txt', 'new');
    const again = await rig.open();
    expect((await again.capture()).changed).toEqual([{ path: 'new.txt', status: 'added' }]);
  });

  it('keeps the work when the agent removed its .git', async () => {
    put(workspace.tree, 'new.txt', 'new');
    rmSync(join(workspace.tree, '.git'), { recursive: true });
    const again = await rig.open();
    await again.resetAgentRepository();
    expect(await userGit(again.tree, 'status', '--porcelain')).toBe('?? new.txt');
  });

  it('gives the agent an index that git takes for the one it would write, with what is known of the files', async () => {
    const path = 'src/a much longer name, so that the record is padded otherwise: ÿ.ts';
    put(workspace.tree, path, 'export {};\n', 0o755);
    symlinkSync('a.ts', join(workspace.tree, 'src/link'));
    const { treeSha } = await workspace.capture();
    const head = await workspace.head();
    const to = await workspace.commit({ treeSha, parent: head, message: 'one', author, date });
    await workspace.advance({ from: head, to });
    await workspace.capture();
    await workspace.resetAgentRepository();
    expect(await userGit(workspace.tree, 'write-tree')).toBe(treeSha);
    // Links are not remembered: git looks at them itself.
    expect(await userGit(workspace.tree, 'diff-files', '--name-only')).toBe('src/link');
    expect(await userGit(workspace.tree, 'status', '--porcelain')).toBe('');
    expect(await userGit(workspace.tree, 'fsck', '--strict')).toBe('');
  });

  it('makes half a checkout whole', async () => {
    rmSync(join(workspace.layout.repository, 'checked-out'));
    rmSync(join(workspace.tree, 'src'), { recursive: true });
    writeFileSync(join(workspace.layout.repository, 'index.lock'), '');
    const again = await rig.open();
    expect((await again.capture()).changed).toEqual([]);
  });

  it('keeps the folder in which a process started before the base was known, and which has a repository from then on', async () => {
    const { tree } = await beginWorkspace({ settings: rig.settings, runId: 'early', branch: 'lockstep/run-1' });
    expect(await userGit(tree, 'symbolic-ref', 'HEAD')).toBe('refs/heads/lockstep/run-1');
    const { ino } = statSync(tree);
    const early = await rig.open('early');
    expect([early.tree, statSync(early.tree).ino]).toEqual([tree, ino]);
    expect(await userGit(tree, 'status', '--porcelain', '--branch')).toBe('## lockstep/run-1');
    expect((await early.capture()).changed).toEqual([]);
  });

  it('refuses a workspace of another base', async () => {
    put(rig.project, 'more.txt', 'more');
    await userGit(rig.project, 'add', '-A');
    await userGit(rig.project, 'commit', '-q', '-m', 'more');
    await expect(rig.open()).rejects.toMatchObject({ code: 'git_failed' });
  });
});

describe('capture', () => {
  it('gives the tree that git itself would write', async () => {
    put(workspace.tree, 'src/a.ts', 'changed\n');
    put(workspace.tree, 'bin/run', '#!/bin/sh\n', 0o755);
    put(workspace.tree, 'src.txt', 'sorts before src/\n');
    put(workspace.tree, 'keep.log', 'kept\n');
    put(workspace.tree, 'drop.log', 'ignored\n');
    put(workspace.tree, 'node_modules/x/index.js', 'ignored\n');
    put(workspace.tree, 'dist/out.js', 'ignored\n');
    put(workspace.tree, 'sub/dist/out.js', 'not ignored: the pattern is anchored\n');
    symlinkSync('../elsewhere', join(workspace.tree, 'src/link'));
    rmSync(join(workspace.tree, 'src/b.ts'));
    mkdirSync(join(workspace.tree, 'empty'));
    const capture = await workspace.capture();
    await userGit(workspace.tree, 'add', '-A');
    expect(capture.treeSha).toBe(await userGit(workspace.tree, 'write-tree'));
    expect(capture.changed).toEqual([
      { path: 'bin/run', status: 'added' },
      { path: 'keep.log', status: 'added' },
      { path: 'src.txt', status: 'added' },
      { path: 'src/a.ts', status: 'modified' },
      { path: 'src/b.ts', status: 'deleted' },
      { path: 'src/link', status: 'added' },
      { path: 'sub/dist/out.js', status: 'added' },
    ]);
  });

  it('takes names of any bytes, and shows them as git does', async () => {
    const names = ['line\nfeed', 'tab\there', '"quoted"', ':(top)magic', '-dash', ' space ', 'ünïcode'];
    for (const name of names) put(workspace.tree, name, name);
    const odd = Buffer.concat([Buffer.from(`${workspace.tree}/`), Buffer.from([0x66, 0xff, 0xfe])]);
    writeFileSync(odd, 'bytes');
    const capture = await workspace.capture();
    await userGit(workspace.tree, 'add', '-A');
    expect(capture.treeSha).toBe(await userGit(workspace.tree, 'write-tree'));
    expect(capture.changed.map(({ path }) => path)).toEqual(expect.arrayContaining([...names, '"f\\377\\376"']));
  });

  it('keeps tracked files that are ignored', async () => {
    put(workspace.tree, '.gitignore', '*.ts\n');
    put(workspace.tree, 'src/c.ts', 'ignored');
    expect((await workspace.capture()).changed).toEqual([{ path: '.gitignore', status: 'modified' }]);
  });

  it('sees a change that leaves size and modification time as they are', async () => {
    const file = join(workspace.tree, 'src/a.ts');
    const first = await workspace.capture();
    const { atime, mtime } = lstatSync(file);
    writeFileSync(file, 'export const a = 7;\n');
    utimesSync(file, atime, mtime);
    const second = await workspace.capture();
    expect(second.treeSha).not.toBe(first.treeSha);
    for (let round = 0; round < 50; round += 1) {
      writeFileSync(file, `export const a = ${round % 10};\n`);
      const { treeSha } = await workspace.capture();
      expect(await inOurs(workspace, 'show', `${treeSha}:src/a.ts`)).toBe(`export const a = ${round % 10};`);
    }
  });

  it('reports what it cannot take, and does not call it deleted', async () => {
    const small = await rig.open('run-2', { ...rig.settings });
    await execa('mkfifo', [join(small.tree, 'pipe')]);
    put(small.tree, 'sub/.GIT/x', 'x');
    symlinkSync('x', join(small.tree, '.gitmodules'));
    const capture = await small.capture();
    expect(capture.skipped).toEqual(
      expect.arrayContaining([
        { path: 'pipe', reason: 'special_file' },
        { path: 'sub/.GIT', reason: 'reserved_name' },
        { path: '.gitmodules', reason: 'reserved_name' },
      ]),
    );
    expect(capture.changed).toEqual([]);
  });
});

describe('commits', () => {
  it('gives the same hash for the same intent, and the one that git commit-tree gives', async () => {
    put(workspace.tree, 'src/a.ts', 'changed\n');
    const { treeSha } = await workspace.capture();
    const parent = await workspace.head();
    const intent = { treeSha, parent, message: 'feat: ä\n\nBody.\n\nLockstep-Step: 1', author, date };
    const [first, second] = [await workspace.commit(intent), await (await rig.open()).commit(intent)];
    expect(first).toBe(second);
    const stamp = { name: author.name, email: author.email, date: '1767323045 +0000' };
    const { stdout } = await execa(
      'git',
      ['--git-dir', workspace.layout.repository, 'commit-tree', treeSha, '-p', parent],
      {
        input: `${intent.message}\n`,
        env: {
          GIT_AUTHOR_NAME: stamp.name,
          GIT_AUTHOR_EMAIL: stamp.email,
          GIT_AUTHOR_DATE: stamp.date,
          GIT_COMMITTER_NAME: stamp.name,
          GIT_COMMITTER_EMAIL: stamp.email,
          GIT_COMMITTER_DATE: stamp.date,
        },
      },
    );
    expect(first).toBe(stdout);
  });

  it('moves the branch by compare-and-swap, and once only', async () => {
    const base = await workspace.head();
    put(workspace.tree, 'x', '1');
    const { treeSha } = await workspace.capture();
    const one = await workspace.commit({ treeSha, parent: base, message: 'one', author, date });
    const two = await workspace.commit({ treeSha, parent: base, message: 'two', author, date });
    await workspace.advance({ from: base, to: one });
    await workspace.advance({ from: base, to: one });
    await expect(workspace.advance({ from: base, to: two })).rejects.toMatchObject({ code: 'branch_diverged' });
    expect(await workspace.head()).toBe(one);
    expect(await inOurs(workspace, 'rev-list', '--count', `${base}..refs/heads/lockstep/run-1`)).toBe('1');
  });

  it('reads the log with trailers, the difference and the files', async () => {
    const base = await workspace.head();
    put(workspace.tree, 'src/a.ts', 'changed\n');
    rmSync(join(workspace.tree, 'src/b.ts'));
    const sha = await commitAll('feat: one\n\nWhy.\n\nLockstep-Run: r1\nLockstep-Step: step-1\n');
    const log = await workspace.log();
    expect(log).toHaveLength(1);
    expect(log[0]).toMatchObject({
      sha,
      parents: [base],
      subject: 'feat: one',
      author,
      date,
      trailers: { 'Lockstep-Run': 'r1', 'Lockstep-Step': 'step-1' },
    });
    expect(await workspace.filesChanged(base, sha)).toEqual([
      { path: 'src/a.ts', status: 'modified' },
      { path: 'src/b.ts', status: 'deleted' },
    ]);
    expect((await workspace.diff(base, sha)).text).toContain('+changed');
    expect(await workspace.diff(base, sha, 40)).toMatchObject({ cut: true });
    await workspace.resetAgentRepository();
    expect(await userGit(workspace.tree, 'status', '--porcelain')).toBe('');
    expect(await inOurs(workspace, 'fsck', '--full', '--strict', '--no-dangling')).toBe('');
  });

  it('puts a document into a tree, also under an ignored folder, and the tree still is the written one', async () => {
    put(workspace.tree, 'src/a.ts', 'changed\n');
    const { treeSha } = await workspace.capture();
    const full = await workspace.addToTree(treeSha, { path: 'dist/results.md', content: '# Results ä\n' });
    expect(readFileSync(join(workspace.tree, 'dist/results.md'), 'utf8')).toBe('# Results ä\n');
    expect(await workspace.filesChanged(treeSha, full)).toEqual([{ path: 'dist/results.md', status: 'added' }]);
    expect(await workspace.changedSince(full)).toEqual([]);
    await expect(workspace.addToTree(treeSha, { path: '../x', content: '' })).rejects.toMatchObject({
      code: 'git_failed',
    });
    await expect(workspace.addToTree(treeSha, { path: '.git/config', content: '' })).rejects.toMatchObject({
      code: 'git_failed',
    });
  });

  it('puts single paths back to what the branch has, and leaves the work beside them', async () => {
    put(workspace.tree, 'src/a.ts', 'changed\n');
    const { treeSha } = await workspace.capture();
    await workspace.addToTree(treeSha, { path: 'docs/results.md', content: '# Results\n' });
    await workspace.putBack(['docs/results.md', 'none/of/this.md']);
    expect(await workspace.changedSince(treeSha)).toEqual([]);
    await workspace.putBack(['src/a.ts']);
    expect(await workspace.changedSince(await workspace.head())).toEqual([]);
  });
});

describe('the tree that was written', () => {
  it('tells what a check or a late writer did, and puts it back', async () => {
    put(workspace.tree, 'src/a.ts', 'changed\n');
    put(workspace.tree, 'src/new.ts', 'new\n', 0o755);
    symlinkSync('a.ts', join(workspace.tree, 'src/link'));
    const { treeSha } = await workspace.capture();
    expect(await workspace.changedSince(treeSha)).toEqual([]);
    put(workspace.tree, 'coverage/index.html', 'made by a test');
    put(workspace.tree, 'src/a.ts', 'late\n');
    put(workspace.tree, 'debug.log', 'ignored stays');
    rmSync(join(workspace.tree, 'src/link'));
    rmSync(join(workspace.tree, 'deep'), { recursive: true });
    symlinkSync('/etc', join(workspace.tree, 'deep'));
    expect(await workspace.changedSince(treeSha)).toEqual([
      { path: 'coverage/index.html', status: 'added' },
      { path: 'deep', status: 'added' },
      { path: 'deep/er/still/file.txt', status: 'deleted' },
      { path: 'src/a.ts', status: 'modified' },
      { path: 'src/link', status: 'deleted' },
    ]);
    await workspace.restoreTree(treeSha);
    expect(await workspace.changedSince(treeSha)).toEqual([]);
    expect(readFileSync(join(workspace.tree, 'src/a.ts'), 'utf8')).toBe('changed\n');
    expect(readlinkSync(join(workspace.tree, 'src/link'))).toBe('a.ts');
    expect(lstatSync(join(workspace.tree, 'src/new.ts')).mode & 0o111).not.toBe(0);
    expect(existsSync(join(workspace.tree, 'coverage'))).toBe(false);
    expect(existsSync(join(workspace.tree, 'debug.log'))).toBe(true);
  });

  it('uncovers what a planted .gitignore hid', async () => {
    const { treeSha } = await workspace.capture();
    put(workspace.tree, '.gitignore', '*\n');
    put(workspace.tree, 'hidden.txt', 'hidden');
    await workspace.restoreTree(treeSha);
    expect(existsSync(join(workspace.tree, 'hidden.txt'))).toBe(false);
    expect((await workspace.capture()).treeSha).toBe(treeSha);
  });
});

describe('clean room', () => {
  it('has the commit and nothing else', async () => {
    put(workspace.tree, 'src/a.ts', 'committed\n');
    const sha = await commitAll('one');
    put(workspace.tree, 'src/a.ts', 'later\n');
    put(workspace.tree, 'node_modules/x.js', 'left over');
    const room = await workspace.cleanRoom(sha);
    expect(readFileSync(join(room.tree, 'src/a.ts'), 'utf8')).toBe('committed\n');
    expect(existsSync(join(room.tree, 'node_modules'))).toBe(false);
    expect(await userGit(room.tree, 'status', '--porcelain')).toBe('');
    await room.dispose();
    await room.dispose();
    expect(existsSync(room.tree)).toBe(false);
  });
});

it('a clean room that a killed process left is gone when its run is gone on with', async () => {
  const room = await workspace.cleanRoom(await workspace.head());
  workspace = await rig.open();
  expect([existsSync(room.tree), existsSync(join(workspace.tree, 'src/a.ts'))]).toEqual([false, true]);
});

describe('push', () => {
  it('moves the branch there by compare-and-swap', async () => {
    put(workspace.tree, 'x', '1');
    const one = await commitAll('one');
    expect(await workspace.push({ url: rig.project, expected: null })).toEqual({ sha: one });
    await workspace.push({ url: rig.project, expected: null });
    expect(await userGit(rig.project, 'rev-parse', 'lockstep/run-1')).toBe(one);
    put(workspace.tree, 'x', '2');
    const two = await commitAll('two');
    await expect(workspace.push({ url: rig.project, expected: null })).rejects.toMatchObject({
      code: 'branch_diverged',
    });
    await workspace.push({ url: rig.project, expected: one });
    expect(await userGit(rig.project, 'rev-parse', 'lockstep/run-1')).toBe(two);
    await userGit(rig.project, 'update-ref', 'refs/heads/lockstep/run-1', 'main');
    put(workspace.tree, 'x', '3');
    await commitAll('three');
    await expect(workspace.push({ url: rig.project, expected: two })).rejects.toMatchObject({
      code: 'branch_diverged',
    });
  });

  it('says when the repository refuses', async () => {
    put(workspace.tree, 'x', '1');
    await commitAll('one');
    const main = await userGit(rig.project, 'rev-parse', 'main');
    await expect(workspace.push({ url: rig.project, branch: 'main', expected: main })).rejects.toMatchObject({
      code: 'push_rejected',
    });
    const gone = workspace.push({ url: join(rig.directory, 'nowhere'), expected: null });
    await expect(gone).rejects.toMatchObject({ code: 'repository_unreachable' });
  });
});

describe('removing', () => {
  it('leaves nothing, also of folders that may not be written', async () => {
    put(workspace.layout.home, 'go/mod/file', 'x');
    chmodSync(join(workspace.layout.home, 'go/mod'), 0o555);
    await workspace.remove();
    await workspace.remove();
    expect(existsSync(workspace.layout.directory)).toBe(false);
  });
});
