import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTranscriptFrom, restoreTranscript, transcriptPath } from './transcript';

let folder: string;
beforeAll(async () => (folder = realpathSync(await mkdtemp(join(tmpdir(), 'transcript-')))));
afterAll(() => rm(folder, { recursive: true, force: true }));

it('lies where Claude looks for it, also through a link', async () => {
  expect(transcriptPath('/config', '/no/such_place.x', 'id')).toBe('/config/projects/-no-such-place-x/id.jsonl');
  await symlink(folder, join(folder, 'link'));
  expect(transcriptPath('/c', join(folder, 'link'), 'id')).toBe(transcriptPath('/c', folder, 'id'));
});

it('is read by what it gained, whole lines only', async () => {
  const path = join(folder, 'grows.jsonl');
  await expect(readTranscriptFrom(path, 0)).resolves.toEqual({ content: Buffer.alloc(0), nextOffset: 0 });
  await appendFile(path, '{"a":1}\n{"b"');
  const first = await readTranscriptFrom(path, 0);
  expect([first.content.toString(), first.nextOffset]).toEqual(['{"a":1}\n', 8]);
  await appendFile(path, ':"ü"}\n');
  const second = await readTranscriptFrom(path, first.nextOffset);
  expect(second.content.toString()).toBe('{"b":"ü"}\n');
  await expect(readTranscriptFrom(path, second.nextOffset)).resolves.toMatchObject({ content: Buffer.alloc(0) });
});

it('is put back in one piece, for its owner alone', async () => {
  const path = await restoreTranscript(join(folder, 'config'), folder, 'session', Buffer.from('{}\n'));
  expect(path).toBe(transcriptPath(join(folder, 'config'), folder, 'session'));
  await expect(readFile(path, 'utf8')).resolves.toBe('{}\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('is left alone where the agent put something else in its place', async () => {
  const at = (name: string): string => join(folder, name);
  execFileSync('mkfifo', [at('waits.jsonl')]);
  await symlink(at('grows.jsonl'), at('leads-away.jsonl'));
  await writeFile(at('huge.jsonl'), '{}\n');
  await truncate(at('huge.jsonl'), 300 * 2 ** 20);
  const problems = ['waits', 'leads-away', 'huge'].map(async (name) => readTranscriptFrom(at(`${name}.jsonl`), 0));
  const nothing = { content: Buffer.alloc(0), nextOffset: 0 };
  await expect(Promise.all(problems)).resolves.toEqual([
    { ...nothing, problem: expect.stringContaining('no file') },
    { ...nothing, problem: expect.stringContaining('link') },
    { ...nothing, problem: expect.stringContaining('bytes') },
  ]);
});
