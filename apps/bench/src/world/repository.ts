import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const author = ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', '-c', 'commit.gpgsign=false'];

/** Git as a person at a shell would run it, with no settings of this machine. */
export const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', [...author, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' },
  }).trim();

/** A repository with one commit of `files` small files in folders of a hundred. */
export function makeRepository(path: string, files: number): string {
  mkdirSync(path, { recursive: true });
  git(path, 'init', '--quiet', '--initial-branch=main');
  for (let index = 0; index < files; index += 1) {
    const file = join(path, `lib${Math.floor(index / 100)}`, `file${index}.js`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `// ${'x'.repeat(index % 900)}\nexports.n = ${index};\n`);
  }
  git(path, 'add', '--all');
  git(path, 'commit', '--quiet', '--message', 'A beginning');
  return path;
}
