import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@lockstep/client';
import { devSettings, readConfig } from '@lockstep/runtime';
import { startDevServer, type RunningServer } from './server/dev-server';
import { commitsOf, git, makeShop } from './shop/repository';
import { carryOut } from './story/carry-out';
import { brokenPromises } from './story/check';
import { endingText, resultsPathOf, type Ending } from './story/ending';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const planFile = join(__dirname, '..', 'plan.md');

/** Until the demo gives up: a scripted model takes seconds, a real one thinks. */
const limitMs = { scripted: 180_000, live: 45 * 60_000 };

async function demo(live: boolean): Promise<number> {
  const started = performance.now();
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());
  const repository = await makeShop();
  say(`A shop with tests, as a git repository: ${repository}`);
  const server = await startDevServer();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    say(`Lockstep is ready at ${server.url} (api, gateway, two executors, Postgres) after ${seconds()}.\n`);
    const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(live ? limitMs.live : limitMs.scripted)]);
    const ending = await tell(server, repository, signal);
    if (ending.commits.length > 0) say(await endingText(ending));
    return verdict(brokenPromises(ending), seconds());
  } finally {
    await server.stop();
  }
}

async function tell(server: RunningServer, repository: string, signal: AbortSignal): Promise<Ending> {
  const client = createClient(server);
  const document = readFileSync(planFile, 'utf8');
  const { plan, run } = await carryOut({ client, repository, document, say, signal });
  const resultsPath = resultsPathOf(plan);
  const [steps, commits, results] = await Promise.all([
    client.runs.steps(run.id),
    commitsOf(repository, run.branch).catch(() => []),
    git(repository, 'show', `${run.branch}:${resultsPath}`).catch(() => ''),
  ]);
  return { plan, run, repository, resultsPath, steps, commits, results };
}

function verdict(broken: readonly string[], seconds: string): number {
  broken.forEach((sentence) => say(`❌ ${sentence}`));
  if (broken.length === 0)
    say(`✅ One commit per step, one closing commit, and the document's figures are the gate's own. ${seconds}`);
  return broken.length === 0 ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  const live = args.includes('--live');
  if (!live || readConfig(devSettings).anthropicApiKey !== undefined) return demo(live);
  say(
    'The live test did not run: ANTHROPIC_API_KEY is not set. With a key it carries out the plan of `npm run demo` with the real model.',
  );
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
