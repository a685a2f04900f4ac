// `npm run lint`. The import table is checked against Nx's project graph, which the linter only reads from its cache: without it the
// rule is skipped silently, so the graph is made first.
import { spawnSync } from 'node:child_process';

const env = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_INTERACTIVE: 'false' };
const run = (args, stdio) => spawnSync(process.execPath, args, { stdio, env }).status ?? 1;

const graph = run(['node_modules/nx/dist/bin/nx.js', 'show', 'projects'], ['ignore', 'ignore', 'inherit']);
if (graph !== 0) process.exit(graph);
process.exit(
  run(['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0', ...process.argv.slice(2)], 'inherit'),
);
