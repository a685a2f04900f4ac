import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
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

  it('is taken over by one only of those that start at once', async () => {
    for (const dead of [{ started: '1' }, { place: 'elsewhere' }]) {
      const killed = await claimRoot(root, 'killed');
      leave(dead);
      const names = Array.from({ length: 8 }, (_, index) => `heir-${index}`);
      const heirs = await Promise.all(names.map((name) => claimRoot(root, name, quick)));
      expect(new Set(heirs.map((heir) => heir.root)).size).toBe(names.length);
      expect(heirs.map((heir) => heir.root)).toContain(root);
      await Promise.all([killed, ...heirs].map((claim) => claim.release()));
      expect(readdirSync(root).filter((name) => name.startsWith('executor.lock'))).toEqual([]);
    }
  });

  it('is taken over from whoever wrote no sense into it, and from who died while taking it over', async () => {
    const first = await claimRoot(root, 'first');
    const { place } = JSON.parse(readFileSync(lock(), 'utf8')) as { place: string };
    await first.release();
    for (const text of ['', 'no JSON', 'null', JSON.stringify({ place })]) {
      writeFileSync(lock(), text);
      const { ino, mtimeNs } = statSync(lock(), { bigint: true });
      writeFileSync(`${lock()}.${ino}-${mtimeNs}`, '');
      const heir = await claimRoot(root, 'heir', { ...quick, watchMs: 20 });
      expect(heir.root).toBe(root);
      await heir.release();
    }
  });

  it('says what to do when it cannot be written to', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    await expect(claimRoot(join(file, 'below'), 'first')).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('name another folder'),
    });
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
