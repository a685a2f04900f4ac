import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { author, date, inOurs, makeRig, put, userGit, type Rig } from '../testing/rig';
import type { Workspace } from './workspace';

let rig: Rig;
beforeEach(async () => void (rig = await makeRig()));
afterEach(() => rig.dispose());

const commitAll = async (workspace: Workspace, message: string): Promise<{ parent: string; sha: string }> => {
  const { treeSha } = await workspace.capture();
  const parent = await workspace.head();
  const sha = await workspace.commit({ treeSha, parent, message, author, date });
  await workspace.advance({ from: parent, to: sha });
  return { parent, sha };
};

/** Git itself takes the bundle in, into a copy of the project, and finds everything whole. */
const unpacked = async (name: string, bundle: Buffer): Promise<void> => {
  const folder = join(rig.directory, name);
  mkdirSync(folder);
  await userGit(folder, 'clone', '--quiet', '--bare', rig.project, 'copy.git');
  const file = join(folder, 'step.bundle');
  writeFileSync(file, bundle);
  await userGit(folder, '--git-dir', 'copy.git', 'bundle', 'verify', '--quiet', file);
  await userGit(folder, '--git-dir', 'copy.git', 'bundle', 'unbundle', file);
  expect(await userGit(folder, '--git-dir', 'copy.git', 'fsck', '--full', '--no-dangling')).toBe('');
};

describe('the bundle of one step', () => {
  it('is one that git reads, with the new objects and no others', async () => {
    const workspace = await rig.open();
    put(workspace.tree, 'deep/er/new.txt', 'x'.repeat(5000));
    put(workspace.tree, 'run', '#!/bin/sh\n', 0o755);
    symlinkSync('readme.md', join(workspace.tree, 'link'));
    rmSync(join(workspace.tree, 'src/b.ts'));
    const { parent, sha } = await commitAll(workspace, 'a step');
    const { bundle } = await workspace.snapshot({ since: parent, author, date, work: false });
    if (bundle === null) throw new Error('the step has a commit, so there must be a bundle');
    const objects = await inOurs(workspace, 'rev-list', '--objects', sha, `^${parent}`);
    // The header's object count of the pack, beside what git counts as new.
    expect(bundle.readUInt32BE(bundle.indexOf('PACK') + 8)).toBe(objects.trim().split('\n').length);
    await unpacked('one', bundle);
  });

  it('holds the commit alone when nothing changed, and is left to git over several commits', async () => {
    const workspace = await rig.open();
    const { parent, sha } = await commitAll(workspace, 'nothing');
    const { bundle } = await workspace.snapshot({ since: parent, author, date, work: false });
    expect(bundle?.readUInt32BE(bundle.indexOf('PACK') + 8)).toBe(1);
    put(workspace.tree, 'readme.md', 'two\n');
    await commitAll(workspace, 'two');
    const both = await workspace.snapshot({ author, date, work: false });
    expect(both.wip).toBeNull();
    if (both.bundle === null) throw new Error('two commits need a bundle');
    await unpacked('two', both.bundle);
    expect(both.bundle.toString('latin1', 0, 200)).toContain(await workspace.head());
    expect(sha).not.toBe(parent);
  });
});

describe('moving the branch', () => {
  it('is refused while another holds the lock, and leaves none behind', async () => {
    const workspace = await rig.open();
    const head = await workspace.head();
    const { treeSha } = await workspace.capture();
    const sha = await workspace.commit({ treeSha, parent: head, message: 'x', author, date });
    const lock = join(workspace.layout.repository, `refs/heads/${workspace.branch}.lock`);
    writeFileSync(lock, '');
    await expect(workspace.advance({ from: head, to: sha })).rejects.toMatchObject({ code: 'git_failed' });
    rmSync(lock);
    await workspace.advance({ from: head, to: sha });
    await workspace.advance({ from: head, to: sha });
    await expect(workspace.advance({ from: '0'.repeat(40), to: head })).rejects.toMatchObject({
      code: 'branch_diverged',
    });
    expect(await inOurs(workspace, 'rev-parse', workspace.branch)).toBe(sha);
  });
});
