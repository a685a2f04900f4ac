// `npm test`: compiles, then runs every spec. What follows on the command line goes to Jest.
import { spawnSync } from 'node:child_process';

function run(args, env = process.env) {
  const { status, signal } = spawnSync(process.execPath, args, { stdio: 'inherit', env });
  if (status !== 0) {
    if (signal) process.stderr.write(`${args[0]} was ended by ${signal}\n`);
    process.exit(status ?? 1);
  }
}

// The scenarios start the real processes, which are the compiled ones.
run(['node_modules/typescript/bin/tsc', '-b']);
run(['node_modules/jest/bin/jest.js', '--maxWorkers=2', ...process.argv.slice(2)]);
