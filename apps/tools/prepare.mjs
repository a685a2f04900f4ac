// Runs after every `npm ci`: generates the Prisma client, then compiles the workspace.
import { spawnSync } from 'node:child_process';

/**
 * `prisma generate` needs no engine binary, yet looks for one, and its download host is out of reach in many companies.
 * The variable is set for this one command only: `prisma migrate` with a fake engine exits 0 and applies nothing.
 */
const generateEnv = {
  ...process.env,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

function run(command, args, env = process.env) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env, shell: false });
  if (status !== 0) process.exit(status ?? 1);
}

run(process.execPath, ['node_modules/prisma/build/index.js', 'generate', '--no-hints'], generateEnv);
run(process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
