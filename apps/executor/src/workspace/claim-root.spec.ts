import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimRoot } from './claim-root';

const quick = { touchMs: 20, watchMs: 100 };

describe('a WORKSPACE_ROOT', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'lockstep-root-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const lock = (): string => join(root, 'executor.lock');
  const leave = (more: object): void => {
    const own = JSON.parse(readFileSync(lock(), 'utf8')) as object;
    writeFileSync(lock(), JSON.stringify({ ...own, ...more }));
  };

  it('belongs to one executor until that releases it; the next ones have folders in it', async () => {
    const first = await claimRoot(root, 'first');
    const others = [await claimRoot(root, 'second'), await claimRoot(root, 'third')];
    expect([first, ...others].map((claim) => claim.root)).toEqual([
      root,
      join(root, 'executor-2'),
      join(root, 'executor-3'),
    ]);
    await first.release();
    await first.release();
    expect(readdirSync(root)).toEqual(['executor-2', 'executor-3']);
    const heir = await claimRoot(root, 'fourth');
    expect(heir.root).toBe(root);
    await Promise.all([heir, ...others].map((claim) => claim.release()));
  });

  it('is taken over at once from a process that is gone, also when another one has its pid', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    for (const dead of [{ pid: child.pid }, { started: '1' }]) {
      const killed = await claimRoot(root, 'killed');
      leave(dead);
      const heir = await claimRoot(root, 'heir', { touchMs: 60_000, watchMs: 60_000 });
      await killed.release();
      expect(readFileSync(lock(), 'utf8')).toContain('heir');
      await heir.release();
    }
  });

  it('is left to a holder elsewhere that shows life, and taken from one that does not', async () => {
    const away = await claimRoot(root, 'away');
    leave({ place: 'elsewhere' });
    let shown = 0;
    const life = setInterval(() => utimesSync(lock(), ++shown, shown), quick.touchMs);
    const second = await claimRoot(root, 'second', quick);
    clearInterval(life);
    const heir = await claimRoot(root, 'third', quick);
    expect([second.root, heir.root]).toEqual([join(root, 'executor-2'), root]);
    await Promise.all([away, second, heir].map((claim) => claim.release()));
  });
});
