import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRig, type Rig } from '../testing/rig';
import { folderBytes, listMirrors, removeLeftovers, removeMirror, removeWorkspace } from '../index';

let rig: Rig;
beforeEach(async () => void (rig = await makeRig()));
afterEach(() => rig.dispose());

const only = async () => {
  const [mirror, ...others] = await listMirrors(rig.settings.root);
  expect(others).toEqual([]);
  return mirror!;
};

describe('a mirror on a disk', () => {
  it('is lent while a workspace borrows from it, and stays', async () => {
    await rig.open();
    expect(await only()).toMatchObject({ isLent: true });
    expect(await removeMirror(rig.settings.root, { ...(await only()), isLent: false })).toBe(false);
    await removeWorkspace(rig.settings.root, 'run-1');
    expect(await only()).toMatchObject({ isLent: false });
    expect(await removeMirror(rig.settings.root, await only())).toBe(true);
    expect(await listMirrors(rig.settings.root)).toEqual([]);
  });

  it('stays when somebody uses it after it was looked at', async () => {
    const { directory } = await rig.mirror();
    utimesSync(directory, new Date(0), new Date(0));
    const seen = await only();
    expect(seen.usedAt).toEqual(new Date(0));
    await rig.mirror();
    expect(await removeMirror(rig.settings.root, seen)).toBe(false);
    expect(await removeMirror(rig.settings.root, await only())).toBe(true);
  });

  it('stays while somebody fetches', async () => {
    await rig.mirror();
    const mirror = await only();
    writeFileSync(`${mirror.directory}.lock`, '');
    expect(await removeMirror(rig.settings.root, mirror)).toBe(false);
    expect(existsSync(mirror.directory)).toBe(true);
  });

  it('is made anew for the next run, whoever is quicker', async () => {
    await rig.mirror();
    const mirror = await only();
    await Promise.all([removeMirror(rig.settings.root, mirror), rig.open('run-1')]);
    const workspace = await rig.open('run-2');
    expect(existsSync(join(workspace.layout.tree, 'src/a.ts'))).toBe(true);
    expect((await only()).isLent).toBe(true);
  });
});

it('what a process that died had set aside is removed', async () => {
  const left = join(rig.settings.root, 'runs', '.removed-run-9-1', 'tree');
  mkdirSync(left, { recursive: true });
  await rig.open();
  await removeLeftovers(rig.settings.root);
  expect(readdirSync(join(rig.settings.root, 'runs'))).toEqual(['run-1']);
});

it('a workspace with very many files is removed while other things go on', async () => {
  const { layout } = await rig.open();
  for (let folder = 0; folder < 40; folder++) {
    const modules = join(layout.tree, 'node_modules', `m${folder}`);
    mkdirSync(modules, { recursive: true });
    for (let file = 0; file < 200; file++) writeFileSync(join(modules, `${file}.js`), '');
    chmodSync(modules, 0o500);
  }
  let turns = 0;
  const others = setInterval(() => (turns += 1), 1);
  await Promise.all([removeWorkspace(rig.settings.root, 'run-1'), removeWorkspace(rig.settings.root, 'run-1')]);
  clearInterval(others);
  expect(turns).toBeGreaterThan(1);
  expect(readdirSync(join(rig.settings.root, 'runs'))).toEqual([]);
});

it('a workspace that is deeper than a path can tell is removed', async () => {
  const { layout } = await rig.open();
  const deeper = `for i in $(seq 30); do mkdir ${'d'.repeat(200)} && cd ${'d'.repeat(200)} && echo > file || exit 1; done`;
  execFileSync('bash', ['-c', deeper], { cwd: layout.tree });
  await removeWorkspace(rig.settings.root, 'run-1');
  expect(readdirSync(join(rig.settings.root, 'runs'))).toEqual([]);
});

it('a folder is measured by what it takes, without following links', async () => {
  const folder = join(rig.directory, 'measured');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  const empty = await folderBytes(folder);
  writeFileSync(join(folder, 'deep', 'a'), Buffer.alloc(100_000, 1));
  symlinkSync('/usr', join(folder, 'link'));
  const filled = await folderBytes(folder);
  expect(filled - empty).toBeGreaterThanOrEqual(100_000);
  expect(filled - empty).toBeLessThan(200_000);
  expect(await folderBytes(join(folder, 'gone'))).toBe(0);
});
