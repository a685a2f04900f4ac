import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@lockstep/testing';
import { makeRig, put, type Rig } from '../testing/rig';
import type { Workspace } from './workspace';

let rig: Rig;
let workspace: Workspace;
const ignores = 'node_modules/\n.venv/\n*.local\n__pycache__/\ndist/\n';
const bin = 'node_modules/.bin/mocha';

/** The file system's clock ticks coarsely: what is written from here on has another time than what was before. */
const tick = async (): Promise<void> => {
  const probe = join(rig.directory, 'probe');
  const now = (): bigint => (writeFileSync(probe, ''), lstatSync(probe, { bigint: true }).ctimeNs);
  const from = now();
  await waitFor(() => now() > from, { what: 'the file system’s clock to tick', everyMs: 1 });
};
const settle = async (): Promise<void> => {
  await tick();
  workspace.beside.settle();
  await tick();
};

beforeEach(async () => {
  rig = await makeRig({ '.gitignore': ignores, 'src/a.ts': 'a' });
  workspace = await rig.open();
  put(workspace.tree, bin, 'real', 0o755);
  put(workspace.tree, 'node_modules/mocha/index.js', 'real');
  put(workspace.tree, 'kept.local', 'x');
  put(workspace.layout.home, '.npmrc', 'fund=false');
  put(workspace.layout.home, 'tmp/x', '');
  await settle();
});
afterEach(() => rig.dispose());

const changes = async (where: 'everywhere' | 'tools' = 'everywhere'): Promise<string[]> =>
  workspace.beside.changes((await workspace.capture()).leftOut, where);
const inTree = (path: string): string => join(workspace.tree, path);

describe('beside the tree', () => {
  it('nothing changes where only the tree and caches are written', async () => {
    put(workspace.tree, 'src/a.ts', 'b');
    put(workspace.tree, 'node_modules/.cache/babel/x', '1');
    put(workspace.tree, 'node_modules/.vite/vitest/results.json', '1');
    for (const path of ['tmp/y', 'plan.md', '.cache/pip/y', '.npm/_logs/y', '.bash_history'])
      put(workspace.layout.home, path, '1');
    expect(await changes()).toEqual([]);
  });

  it.each<[string, () => void, string]>([
    ['a program is written over', () => writeFileSync(inTree(bin), 'fake'), bin],
    [
      'its times are set back',
      () => (writeFileSync(inTree(bin), 'fake'), utimesSync(inTree(bin), new Date(0), new Date(0))),
      bin,
    ],
    [
      'a package gets a file',
      () => put(workspace.tree, 'node_modules/mocha/more.js', ''),
      'node_modules/mocha/more.js',
    ],
    ['a package loses one', () => rmSync(inTree('node_modules/mocha/index.js')), 'node_modules/mocha/'],
    ['a link is planted', () => symlinkSync('/bin/true', inTree('node_modules/.bin/jest')), 'node_modules/.bin/jest'],
    ['an ignored file appears', () => put(workspace.tree, 'src/answers.local', ''), 'src/answers.local'],
    ['a start-up file of HOME changes', () => put(workspace.layout.home, '.npmrc', 'script-shell=x'), '~/.npmrc'],
    ['a program cache of HOME changes', () => put(workspace.layout.home, '.npm/_npx/1/x', ''), '~/.npm/_npx/1/x'],
    ['corepack’s store changes', () => put(workspace.layout.home, '.cache/node/x', ''), '~/.cache/node/x'],
    [
      'a repository is nested',
      () => (put(workspace.tree, 'lib/.git', ''), put(workspace.tree, 'lib/x.js', '')),
      'lib/.git',
    ],
  ])('it is told when %s', async (_, plant, told) => {
    plant();
    expect(await changes()).toContain(told);
  });

  it('a folder that was made long before and is moved here is told', async () => {
    const aside = join(rig.directory, 'aside');
    mkdirSync(aside);
    put(aside, 'index.js', 'fake');
    await settle();
    renameSync(aside, inTree('node_modules/jest'));
    expect(await changes()).toEqual(['node_modules/jest/']);
  });

  it('what checks write elsewhere than among tools is theirs', async () => {
    put(workspace.tree, 'dist/main.js', 'built');
    expect(await changes('everywhere')).toEqual(['dist/main.js']);
    expect(await changes('tools')).toEqual([]);
    put(workspace.tree, bin, 'fake');
    put(workspace.tree, '.venv/bin/pytest', 'fake');
    put(workspace.layout.home, '.pythonrc', '');
    expect((await changes('tools')).sort()).toEqual(['.venv/bin/pytest', bin, '~/.pythonrc'].sort());
  });

  it('what was settled holds when the workspace is opened again', async () => {
    workspace = await rig.open();
    expect(await changes()).toEqual([]);
  });

  it('everything counts as changed before it is settled', async () => {
    workspace = await rig.open('run-2');
    put(workspace.tree, 'kept.local', 'x');
    utimesSync(inTree('kept.local'), new Date(0), new Date(0));
    expect(await changes()).toEqual(['kept.local']);
  });

  it('what Python compiled is dropped', async () => {
    put(workspace.tree, 'src/__pycache__/a.cpython-311.pyc', 'fake');
    workspace.beside.dropCompiled((await workspace.capture()).leftOut);
    expect([existsSync(inTree('src/__pycache__')), existsSync(inTree('src/a.ts'))]).toEqual([false, true]);
  });
});
