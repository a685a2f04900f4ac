import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { probeClaude } from '@lockstep/agent';
import type { Backplane } from '@lockstep/backplane';
import type { Database } from '@lockstep/database';
import { hostEnvironment, type ExecutorConfig, type Health, type HealthCheck } from '@lockstep/runtime';

export interface CheckParts {
  readonly database: Pick<Database, 'ping'>;
  readonly backplane: Pick<Backplane, 'checks'>;
  readonly config: Pick<ExecutorConfig, 'claudeBin' | 'workspaceRoot' | 'executorId'>;
}

/** Everything without which no run can be driven here. */
export function addChecks(health: Health, { database, backplane, config }: CheckParts): void {
  health.add('database', () => database.ping());
  health.add('queue', backplane.checks.queue);
  health.add('claude', claudeCheck(config.claudeBin));
  health.add('git', gitCheck);
  health.add('workspace', () => checkWorkspace(config));
}

/** Asked for its version once, since that starts it; from then on it only has to be there. */
function claudeCheck(given: string | undefined): HealthCheck {
  let bin: string | undefined;
  return async () => {
    bin ??= (await probeClaude(given)).bin;
    await access(bin, constants.X_OK);
  };
}

const gitCheck: HealthCheck = async () => {
  await promisify(execFile)('git', ['--version'], { env: hostEnvironment(), timeout: 10_000 }).catch(() => {
    throw new Error('git was not found. Install it, for instance with `apt-get install git`.');
  });
};

/** By writing: rights alone say nothing of a full or a read-only disk. */
async function checkWorkspace({ workspaceRoot, executorId }: CheckParts['config']): Promise<void> {
  const file = join(workspaceRoot, `.ready-${executorId}`);
  try {
    await mkdir(workspaceRoot, { recursive: true });
    await writeFile(file, '');
    await rm(file, { force: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`WORKSPACE_ROOT=${workspaceRoot} cannot be written: ${why}`, { cause: error });
  }
}
