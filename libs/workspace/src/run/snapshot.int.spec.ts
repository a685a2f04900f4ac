import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { author, date, inOurs, makeRig, put, type Rig } from '../testing/rig';
import { removeTree } from '../tree/writer';
import type { Workspace } from './workspace';

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});
afterEach(() => rig.dispose());

/** Everything in a checkout but its `.git`: path → what it is. */
const contentsOf = (tree: string, below = ''): Record<string, string> => {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(tree, below)).filter((entry) => entry !== '.git' || below !== '')) {
    const path = below === '' ? name : `${below}/${name}`;
    const status = lstatSync(join(tree, path));
    if (status.isDirectory()) Object.assign(found, contentsOf(tree, path));
    else if (status.isSymbolicLink()) found[path] = `link ${readlinkSync(join(tree, path))}`;
    else
      found[path] = `${(status.mode & 0o100) === 0 ? 'file' : 'program'} ${readFileSync(join(tree, path), 'latin1')}`;
  }
  return found;
};

const commitAll = async (workspace: Workspace, message: string): Promise<string> => {
  const { treeSha } = await workspace.capture();
  const parent = await workspace.head();
  const sha = await workspace.commit({ treeSha, parent, message, author, date });
  await workspace.advance({ from: parent, to: sha });
  return sha;
};

describe('a snapshot', () => {
  it('brings commits and uncommitted work to another disk, whole', async () => {
    const here = await rig.open();
    put(here.tree, 'src/a.ts', 'one\n');
    await commitAll(here, 'one');
    const first = await here.snapshot({ author, date });
    expect(first.wip).toBeNull();
    put(here.tree, 'src/a.ts', 'two\n');
    rmSync(join(here.tree, 'src/b.ts'));
    await commitAll(here, 'two');
    put(here.tree, 'untracked/new.txt', 'new');
    put(here.tree, 'untracked/run', '#!/bin/sh\n', 0o755);
    symlinkSync('new.txt', join(here.tree, 'untracked/link'));
    put(here.tree, 'src/a.ts', 'uncommitted\n');
    rmSync(join(here.tree, 'readme.md'));
    const second = await here.snapshot({ since: first.head, author, date });
    const before = contentsOf(here.tree);
    await here.remove();

    const there = await rig.open('run-1', rig.settingsAt('elsewhere'));
    const bundles = [first.bundle, second.bundle].filter((bundle) => bundle !== null);
    expect(bundles).toHaveLength(2);
    const point = { head: second.head, bundles, wip: second.wip };
    await there.restore(point);
    await there.restore(point);
    expect(contentsOf(there.tree)).toEqual(before);
    expect((await there.log()).map(({ subject }) => subject)).toEqual(['one', 'two']);
    expect(await there.head()).toBe(second.head);
    expect(await inOurs(there, 'fsck', '--full', '--no-dangling')).toBe('');
    const again = await there.snapshot({ since: second.head, author, date });
    expect(again).toMatchObject({ bundle: null, wip: { sha: second.wip?.sha } });
  });

  it('of work that is too large is not made, however it would be packed', async () => {
    const here = await rig.open();
    for (const bytes of [1_000_000, 12_000_000]) {
      put(here.tree, 'large.bin', randomBytes(bytes));
      const request = { author, date, maxBytes: bytes - 1000 };
      expect(await here.snapshot(request)).toMatchObject({ bundle: null, wip: null, isTooLarge: true });
      const { wip, isTooLarge } = await here.snapshot({ ...request, maxBytes: bytes + 10_000 });
      expect([wip?.bundle.length, isTooLarge]).toEqual([expect.any(Number), undefined]);
      expect(wip!.bundle.length).toBeGreaterThan(bytes);
    }
  });

  it('of an untouched workspace holds nothing', async () => {
    const here = await rig.open();
    expect(await here.snapshot({ author, date })).toEqual({
      head: here.baseSha,
      since: here.baseSha,
      bundle: null,
      wip: null,
    });
  });

  it('is incremental: a step costs its own bytes', async () => {
    const here = await rig.open();
    put(
      here.tree,
      'big.bin',
      Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919 + (index >> 3)) & 255)),
    );
    const one = await commitAll(here, 'one');
    const whole = await here.snapshot({ author, date });
    put(here.tree, 'src/a.ts', 'two\n');
    await commitAll(here, 'two');
    const step = await here.snapshot({ since: one, author, date });
    expect(step.bundle?.length).toBeLessThan(2_000);
    expect(whole.bundle?.length).toBeGreaterThan(2_000);
  });

  it('that is damaged is refused, and leaves the workspace as it was', async () => {
    const here = await rig.open();
    put(here.tree, 'x', '1');
    await commitAll(here, 'one');
    const { head, bundle } = await here.snapshot({ author, date });
    const there = await rig.open('run-1', rig.settingsAt('elsewhere'));
    const damaged = Buffer.from(bundle ?? '');
    damaged[damaged.length - 30] = (damaged[damaged.length - 30] ?? 0) ^ 255;
    await expect(there.restore({ head, bundles: [damaged], wip: null })).rejects.toMatchObject({
      code: 'snapshot_unusable',
    });
    await expect(there.restore({ head, bundles: [], wip: null })).rejects.toMatchObject({ code: 'snapshot_unusable' });
    expect(await there.head()).toBe(there.baseSha);
    expect((await there.capture()).changed).toEqual([]);
  });

  it('takes away what is here and not in it', async () => {
    const here = await rig.open();
    const empty = await here.snapshot({ author, date });
    put(here.tree, 'x', '1');
    await commitAll(here, 'one');
    put(here.tree, 'y', '2');
    await here.restore({ head: empty.head, bundles: [], wip: null });
    expect(await here.head()).toBe(here.baseSha);
    expect(Object.keys(contentsOf(here.tree)).toSorted()).toEqual([
      '.gitignore',
      'deep/er/still/file.txt',
      'readme.md',
      'src/a.ts',
      'src/b.ts',
    ]);
  });
});

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'src', 'a.b', 'ä', 'line\nfeed', '-x', ' '),
  fc.stringMatching(/^[a-z]{1,3}$/),
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const content = fc.oneof(fc.string({ maxLength: 50 }), fc.constantFrom('', 'x\r\n', '\0binary'));
const item = fc.record({ path, content, kind: fc.constantFrom('file', 'program', 'link') });

const plant = (tree: string, items: readonly { path: string; content: string; kind: string }[]): void => {
  for (const { path: at, content: text, kind } of items) {
    try {
      if (kind === 'link') {
        mkdirSync(join(tree, at, '..'), { recursive: true });
        symlinkSync(text.replaceAll('\0', '') || 'nowhere', join(tree, at));
      } else {
        put(tree, at, text);
        chmodSync(join(tree, at), kind === 'program' ? 0o755 : 0o644);
      }
    } catch {
      continue; // a file stands where a folder is wanted, or the other way round
    }
  }
};

describe('any tree', () => {
  it('comes back from a snapshot as it was', async () => {
    const here = await rig.open();
    const there = await rig.open('run-1', rig.settingsAt('elsewhere'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 12 }),
        fc.array(item, { maxLength: 6 }),
        async (committed, uncommitted) => {
          for (const entry of readdirSync(here.tree)) if (entry !== '.git') removeTree(join(here.tree, entry));
          await here.restore({ head: here.baseSha, bundles: [], wip: null });
          plant(here.tree, committed);
          await commitAll(here, 'step');
          plant(here.tree, uncommitted);
          const { head, bundle, wip } = await here.snapshot({ author, date });
          await there.restore({ head, bundles: bundle === null ? [] : [bundle], wip });
          expect(contentsOf(there.tree)).toEqual(contentsOf(here.tree));
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);
});
