import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { makeRig, put, userGit, type Rig } from '../testing/rig';
import { createMirrorCache } from './cache';
import { inspectLocalRepository } from './inspect';

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});
afterEach(() => rig.dispose());

const commit = async (text: string): Promise<string> => {
  put(rig.project, 'more.txt', text);
  await userGit(rig.project, 'add', '-A');
  await userGit(rig.project, 'commit', '-q', '-m', text);
  return userGit(rig.project, 'rev-parse', 'HEAD');
};

describe('a mirror', () => {
  it('follows its repository', async () => {
    const first = await rig.mirror();
    expect(first.defaultBranch).toBe('refs/heads/main');
    const sha = await commit('two');
    await userGit(rig.project, 'tag', '-a', 'v1', '-m', 'v1');
    await userGit(rig.project, 'branch', 'feature/x', 'HEAD~1');
    const mirror = await rig.mirror();
    expect(await mirror.resolve()).toEqual({ sha, ref: 'refs/heads/main' });
    expect(await mirror.resolve('main')).toEqual({ sha, ref: 'refs/heads/main' });
    expect(await mirror.resolve('v1')).toEqual({ sha, ref: 'refs/tags/v1' });
    expect((await mirror.resolve('feature/x')).ref).toBe('refs/heads/feature/x');
    expect(await mirror.resolve(sha)).toEqual({ sha, ref: undefined });
    expect(await mirror.resolve(sha.slice(0, 10))).toEqual({ sha, ref: undefined });
    await userGit(rig.project, 'branch', '-D', 'feature/x');
    await expect((await rig.mirror()).resolve('feature/x')).rejects.toMatchObject({ code: 'base_not_found' });
  });

  it('is brought up to date in what is needed, and told of the rest', async () => {
    const cache = createMirrorCache(rig.settings);
    const url = rig.project;
    await cache.sync({ url });
    await userGit(url, 'branch', 'other', await commit('two'));
    const main = await cache.sync({ url, needs: { ref: undefined } });
    const sha = await commit('three');
    await userGit(url, 'branch', '-f', 'other');
    expect((await main.resolve()).sha).not.toBe(sha);
    expect(await (await cache.sync({ url, needs: { ref: 'main' } })).resolve('main')).toMatchObject({ sha });
    await userGit(url, 'checkout', '-q', 'other');
    const ahead = await commit('four');
    const mirror = await cache.sync({ url, needs: { ref: 'main' } });
    expect(mirror.advertised.get('refs/heads/other')).toBe(ahead);
    expect(await mirror.resolve('main')).toMatchObject({ sha });
    await expect(userGit(mirror.directory, 'cat-file', '-e', ahead)).rejects.toThrow();
    expect(await (await cache.sync({ url, needs: { ref: 'other' } })).resolve('other')).toMatchObject({ sha: ahead });
  });

  it('finds a commit by its hash that no branch reaches any more', async () => {
    const gone = await commit('gone');
    await userGit(rig.project, 'reset', '-q', '--hard', 'HEAD~1');
    expect(await (await rig.mirror()).resolve(gone)).toEqual({ sha: gone, ref: undefined });
  });

  it.each([
    'nope',
    '--upload-pack=x',
    '-x',
    'a..b',
    'main^{tree}',
    '@{u}',
    'main:readme.md',
    'a b',
    '',
    '0'.repeat(40),
  ])('does not know the base %p', async (ref) => {
    await expect((await rig.mirror()).resolve(ref)).rejects.toMatchObject({ code: 'base_not_found' });
  });

  it('begins at what is checked out, also without a branch', async () => {
    const first = await userGit(rig.project, 'rev-parse', 'HEAD');
    await userGit(rig.project, 'checkout', '-q', '--detach');
    expect(await (await rig.mirror()).resolve()).toEqual({ sha: first, ref: undefined });
    const alone = await commit('on no branch');
    expect(await (await rig.mirror()).resolve()).toEqual({ sha: alone, ref: undefined });
  });

  it('of an empty repository has no base', async () => {
    const empty = join(rig.directory, 'empty');
    await userGit(rig.directory, 'init', '-q', empty);
    const mirror = await createMirrorCache(rig.settings).sync({ url: empty });
    await expect(mirror.resolve()).rejects.toMatchObject({ code: 'base_not_found' });
  });

  it('is made once by many at the same time, also in other processes', async () => {
    const found = await Promise.all(Array.from({ length: 6 }, () => rig.mirror()));
    expect(new Set(found.map(({ directory }) => directory)).size).toBe(1);
    expect(readdirSync(join(rig.settings.root, 'mirrors')).filter((name) => name.endsWith('.git'))).toHaveLength(1);
    expect(readdirSync(join(rig.settings.root, 'mirrors')).filter((name) => name.endsWith('.lock'))).toHaveLength(0);
  });

  it('of a shallow clone serves its commits', async () => {
    await commit('two');
    const shallow = join(rig.directory, 'shallow');
    await userGit(rig.directory, 'clone', '-q', '--depth', '1', `file://${rig.project}`, shallow);
    const mirror = await createMirrorCache(rig.settings).sync({ url: shallow });
    expect((await mirror.resolve()).sha).toBe(await userGit(shallow, 'rev-parse', 'HEAD'));
  });
});

describe('an address', () => {
  const refused = [
    'ext::sh -c x',
    '-u',
    'git://127.0.0.1/x',
    'http://example.com/x',
    'ftp://example.com/x',
    'relative/path',
    'https://-x/y',
  ];
  it.each(refused)('%s is refused', async (url) => {
    await expect(createMirrorCache(rig.settings).sync({ url })).rejects.toMatchObject({
      code: 'repository_not_allowed',
    });
  });

  it.each(['path', 'file'])('of this machine (%s) is refused unless the operator allows it', async (form) => {
    const url = form === 'path' ? rig.project : `file://${rig.project}`;
    const cache = createMirrorCache({ ...rig.settings, allowLocal: false });
    await expect(cache.sync({ url })).rejects.toMatchObject({ code: 'repository_not_allowed' });
    expect((await createMirrorCache(rig.settings).sync({ url })).url).toBe(rig.project);
  });

  it('that nobody answers at is unreachable, and shows no password', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const sync = createMirrorCache(rig.settings).sync({ url: `https://user:hunter2@127.0.0.1:${port}/x.git` });
    const fault = await sync.catch((error: unknown) => error);
    server.close();
    expect(fault).toMatchObject({ code: 'repository_unreachable' });
    expect(String(fault)).not.toContain('hunter2');
    await expect(createMirrorCache(rig.settings).sync({ url: join(rig.directory, 'none') })).rejects.toMatchObject({
      code: 'repository_unreachable',
    });
  });
});

describe('a local repository', () => {
  it('is clean, or says what is not', async () => {
    const head = await userGit(rig.project, 'rev-parse', 'HEAD');
    expect(await inspectLocalRepository(rig.project)).toEqual({
      root: rig.project,
      head,
      branch: 'main',
      dirty: false,
      changes: [],
    });
    put(rig.project, 'drop.log', 'ignored');
    expect((await inspectLocalRepository(join(rig.project, 'src'))).dirty).toBe(false);
    put(rig.project, 'staged.txt', 'staged');
    await userGit(rig.project, 'add', '-A');
    put(rig.project, 'src/a.ts', 'changed\n');
    put(rig.project, 'untracked.txt', 'untracked');
    const found = await inspectLocalRepository(rig.project);
    expect(found.dirty).toBe(true);
    expect(found.changes).toEqual([
      { path: 'staged.txt', untracked: false },
      { path: 'src/a.ts', untracked: false },
      { path: 'untracked.txt', untracked: true },
    ]);
  });

  it('may be bare, a linked worktree, without a commit, or none at all', async () => {
    const bare = join(rig.directory, 'bare.git');
    await userGit(rig.directory, 'clone', '-q', '--bare', rig.project, bare);
    expect(await inspectLocalRepository(bare)).toMatchObject({ dirty: false, branch: 'main' });
    const linked = join(rig.directory, 'linked');
    await userGit(rig.project, 'worktree', 'add', '-q', '-b', 'linked', linked);
    expect(await inspectLocalRepository(linked)).toMatchObject({ root: linked, dirty: false, branch: 'linked' });
    const fresh = join(rig.directory, 'fresh');
    await userGit(rig.directory, 'init', '-q', fresh);
    expect(await inspectLocalRepository(fresh)).toMatchObject({ head: null, branch: 'main', dirty: false });
    rmSync(join(fresh, '.git'), { recursive: true });
    await expect(inspectLocalRepository(fresh)).rejects.toMatchObject({ code: 'repository_unreachable' });
    await expect(inspectLocalRepository(join(rig.directory, 'none'))).rejects.toMatchObject({
      code: 'repository_unreachable',
    });
    expect(existsSync(join(rig.project, '.git', 'index.lock'))).toBe(false);
  });
});
