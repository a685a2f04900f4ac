import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hostEnvironment } from '@lockstep/runtime';
import { execa } from 'execa';
import { shopFiles } from './files';

/** Nobody's own git settings (signing, hooks, templates) reach into the demo. */
const gitEnvironment = (): Record<string, string> => ({
  ...hostEnvironment(),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A developer',
  GIT_AUTHOR_EMAIL: 'developer@example.com',
  GIT_COMMITTER_NAME: 'A developer',
  GIT_COMMITTER_EMAIL: 'developer@example.com',
});

export async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execa('git', [...args], { cwd: folder, env: gitEnvironment(), extendEnv: false });
  return stdout;
}

/** Makes the shop's repository in a new temporary folder, with one commit on `main`. It is left there for people to look at. */
export async function makeShop(): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-demo-')));
  for (const [path, content] of Object.entries(shopFiles)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message', 'Carts with tests');
  return folder;
}

export interface Commit {
  readonly sha: string;
  readonly subject: string;
  /** Trailers of Lockstep's; null where there is none. */
  readonly step: string | null;
  readonly run: string | null;
}

const format = [
  '%H',
  '%s',
  '%(trailers:key=Lockstep-Step,valueonly,separator=%x2C)',
  '%(trailers:key=Lockstep-Run,valueonly,separator=%x2C)',
].join('%x00');

/** What a branch adds to main, oldest first. */
export async function commitsOf(folder: string, branch: string): Promise<Commit[]> {
  const log = await git(folder, 'log', '--reverse', `--format=${format}%x01`, `main..${branch}`);
  return log
    .split('\u0001')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [sha = '', subject = '', step = '', run = ''] = entry.split('\0').map((field) => field.trim());
      return { sha, subject, step: step || null, run: run || null };
    });
}
