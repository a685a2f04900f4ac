#!/usr/bin/env node
// The command as npm links it. TypeScript's output is not in the repository, so a clone that was not built yet is built first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const main = join(root, 'apps', 'cli', 'dist', 'main.js');

if (!existsSync(main)) {
  process.stderr.write('lockstep: not built yet; building …\n');
  // stdout is the command's alone: what the build prints goes to stderr.
  spawnSync(process.execPath, [join(root, 'apps', 'tools', 'prepare.mjs')], { cwd: root, stdio: ['ignore', 2, 2] });
}
if (existsSync(main)) createRequire(import.meta.url)(main);
else {
  process.stderr.write(`lockstep: the build in ${root} failed. Run \`npm ci\` there, then try again.\n`);
  process.exitCode = 1;
}
