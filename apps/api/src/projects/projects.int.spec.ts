import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem, Project } from '@lockstep/contracts';
import { problem, problemOf, startApi, type ApiUnderTest, type Client } from '../testing/api-under-test';
import { gitRepository, newProject, ownFolder } from '../testing/fixtures';
import { checkRepository } from './repository';

let under: ApiUnderTest;
let client: Client;
let folder: ReturnType<typeof ownFolder>;
beforeAll(async () => {
  folder = ownFolder();
  under = await startApi();
  client = await under.client();
});
afterAll(async () => {
  await under.stop();
  folder.remove();
});

describe('creating a project', () => {
  it('answers with it, its settings filled in', async () => {
    const repository = 'https://git.example.org/team/repo.git';
    const { status, headers, body } = await client.post<Project>('/v1/projects', {
      name: 'mine',
      repository,
      base: 'main',
      settings: { setup: ['npm ci'], maxFixAttempts: 1 },
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/projects/${body.id}`);
    expect(body).toMatchObject({ name: 'mine', repository, base: 'main', teamId: client.teamId });
    expect(body.settings).toMatchObject({ setup: ['npm ci'], verify: [], maxFixAttempts: 1, advance: 'auto' });
    expect((await client.get(`/v1/projects/${body.id}`)).body).toEqual(body);
  });

  it('refuses a name that is taken, also when two ask at once', async () => {
    const spec = { name: 'twice', repository: 'https://git.example.org/a/b' };
    const replies = await Promise.all([1, 2, 3].map(() => client.post('/v1/projects', spec)));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(problemOf(await client.post('/v1/projects', spec))).toEqual(problem(409, 'stale_transition'));
  });

  it('names what is wrong with a body', async () => {
    const reply = await client.post<Problem>('/v1/projects', {
      name: '',
      repository: 'https://git.example.org/a/b',
      colour: 'red',
      settings: { maxFixAttempts: 99, 'odd/key': 1 },
    });
    expect(problemOf(reply)).toEqual(problem(422, 'invalid_body'));
    expect(reply.body.errors?.map(({ pointer }) => pointer).sort()).toEqual([
      '/colour',
      '/name',
      '/settings/maxFixAttempts',
      '/settings/odd~1key',
    ]);
  });

  it('refuses a base that is none', async () => {
    const spec = { name: 'b', repository: 'https://git.example.org/a/b', base: '-x' };
    expect(problemOf(await client.post('/v1/projects', spec))).toEqual(problem(422, 'base_not_found'));
  });

  it('lists the team’s own, and no other team’s', async () => {
    const [mine, theirs] = [await under.client(), await under.client()];
    const [a, b] = [await newProject(mine), await newProject(mine)];
    const other = await newProject(theirs);
    const { data, nextCursor } = (await mine.get<{ data: Project[]; nextCursor: null }>('/v1/projects')).body;
    expect([data.map(({ id }) => id), nextCursor]).toEqual([[a.id, b.id], null]);
    expect(problemOf(await mine.get(`/v1/projects/${other.id}`))).toEqual(problem(404, 'not_found'));
    expect(problemOf(await mine.get('/v1/projects/not-an-id'))).toEqual(problem(404, 'not_found'));
  });
});

describe('a repository', () => {
  const code = (repository: string, allowLocalRepositories = true): Promise<string> =>
    checkRepository(repository, { allowLocalRepositories }).then(
      (stored) => `ok ${stored}`,
      (error: { code: string }) => error.code,
    );

  it.each(['https://git.example.org/a/b.git', 'ssh://git@git.example.org:2222/a/b', 'git@git.example.org:a/b.git'])(
    '%s may be used',
    async (url) => expect(await code(url)).toBe(`ok ${url}`),
  );

  it.each([
    'http://git.example.org/a/b',
    'file:///srv/repo',
    'git://git.example.org/a',
    'ext::sh -c id',
    'relative/path',
    '--upload-pack=touch',
    '-u@host:x',
    'https://user:secret@git.example.org/a',
    'https://token@git.example.org/a',
    'ssh://-oProxyCommand=x/a',
    'https://git.example.org',
    'https://git.example.org/a b',
    'a@b:x\ny',
  ])('%j may not', async (url) => expect(await code(url)).toBe('repository_not_allowed'));

  it('may be a folder only where the operator allows it', async () => {
    const path = gitRepository(join(folder.path, 'plain'));
    expect(await code(path)).toBe(`ok ${path}`);
    expect(await code(`${path}/../plain/`)).toBe(`ok ${path}`);
    expect(await code(path, false)).toBe('repository_not_allowed');
  });

  it('must be one of git', async () => {
    const empty = join(folder.path, 'empty');
    mkdirSync(empty);
    for (const path of [empty, join(folder.path, 'missing'), '/', '/dev/zero'])
      expect(await code(path)).toBe('repository_unreachable');
  });

  it('may be bare, or a worktree', async () => {
    const bare = join(folder.path, 'bare');
    mkdirSync(join(bare, 'objects'), { recursive: true });
    mkdirSync(join(bare, 'refs'));
    writeFileSync(join(bare, 'HEAD'), 'ref: refs/heads/main\n');
    const worktree = join(folder.path, 'worktree');
    mkdirSync(worktree);
    writeFileSync(join(worktree, '.git'), 'gitdir: ../bare\n');
    expect([await code(bare), await code(worktree)]).toEqual([`ok ${bare}`, `ok ${worktree}`]);
  });

  it('is looked at without running what is planted in it', async () => {
    const path = gitRepository(join(folder.path, 'trap'));
    const [script, trace] = [join(folder.path, 'planted.sh'), join(folder.path, 'trace')];
    writeFileSync(script, `#!/bin/sh\ntouch ${trace}\n`);
    chmodSync(script, 0o755);
    writeFileSync(
      join(path, '.git', 'config'),
      `[core]\n\tfsmonitor = ${script}\n\tsshCommand = ${script}\n\tpager = ${script}\n`,
    );
    expect((await newProject(client, { repository: path })).repository).toBe(path);
    expect(existsSync(trace)).toBe(false);
  });
});
