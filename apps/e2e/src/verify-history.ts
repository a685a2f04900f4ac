import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from './repository';
import type { Seen } from './scenario/scenario';

/**
 * What was verified is what was committed: a fresh clone of each commit, from the given one's step on, passes the scripts. They hold
 * from the first step's commit to the closing one.
 */
export async function expectCommitsToVerify({ repository, commits }: Seen, scripts: readonly string[]): Promise<void> {
  for (const { sha } of commits) {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-e2e-clone-'));
    try {
      git(folder, 'clone', '--quiet', '--no-local', repository, 'clone');
      const clone = join(folder, 'clone');
      git(clone, 'checkout', '--quiet', sha);
      for (const script of scripts)
        execFileSync('bash', ['-eo', 'pipefail', '-c', script], {
          cwd: clone,
          env: { PATH: process.env['PATH'] ?? '' },
          // Bash takes a pipe of Node's for a connection of rsh's, and would read the ~/.bashrc of whoever runs the tests.
          stdio: ['ignore', 'pipe', 'pipe'],
        });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
