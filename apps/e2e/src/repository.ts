import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const author = ['-c', 'user.name=Someone', '-c', 'user.email=someone@example.com', '-c', 'commit.gpgsign=false'];

export const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', [...author, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd },
  }).trim();

/** A git repository with the files as its one commit. */
export function makeRepository(path: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(path, { recursive: true });
  git(path, 'init', '--quiet', '--initial-branch=main');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  git(path, 'add', '--all');
  git(path, 'commit', '--quiet', '--message', 'A beginning');
  return path;
}

export interface StepCommit {
  readonly sha: string;
  readonly step: string | null;
  readonly run: string | null;
}

/** The commits of a branch that aren't in its base, oldest first, with their trailers. */
export function commitsOf(repository: string, branch: string, base = 'main'): StepCommit[] {
  const format = '%H%x00%(trailers:key=Lockstep-Step,valueonly)%x00%(trailers:key=Lockstep-Run,valueonly)%x01';
  return git(repository, 'log', '--reverse', `--format=${format}`, `${base}..${branch}`)
    .split('\u0001')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [sha = '', step = '', run = ''] = entry.split('\0').map((field) => field.trim());
      return { sha, step: step === '' ? null : step, run: run === '' ? null : run };
    });
}
