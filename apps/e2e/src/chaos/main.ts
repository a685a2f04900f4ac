import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drills } from './catalogue';
import type { BackplaneKind, Drill } from './drill';
import { playDrill, startServers, type HarnessOptions, type Outcome } from './harness';
import { sabotages } from './sabotage';

const usage = `npm run chaos -- [--drill NAME[,NAME]] [--rounds N] [--seed S] [--backplane redis|postgres|both] [--short] [--list]
npm run chaos -- --sabotage NAME|all     takes a protection out and expects the oracle to fail
`;

interface Job {
  readonly drill: Drill;
  readonly on: BackplaneKind;
  readonly failpoints?: readonly string[];
  /** What the protection was, when it is taken out: then a failure is the good end. */
  readonly sabotage?: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      drill: { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string' },
      backplane: { type: 'string', default: 'both' },
      short: { type: 'boolean', default: false },
      sabotage: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(usage, 0);
  if (values.list)
    return say(drills.map(({ name, about, on }) => `${name} (${on.join(', ')}): ${about}\n`).join(''), 0);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const jobs = values.sabotage === undefined ? chosen(values) : saboteurs(values.sabotage);
  if (typeof jobs === 'string') return say(`${jobs}\n${usage}`, 2);
  const options = { seed, short: values.short, rounds: Number(values.rounds ?? (values.short ? 2 : 100)) };
  const logs = join(tmpdir(), `lockstep-chaos-logs-${seed}`);
  say(`seed ${seed}; logs of what fails: ${logs}\n`, 0);
  return play(jobs, { ...options, logs });
}

interface Choice {
  readonly drill?: string | undefined;
  readonly backplane: string;
  readonly short: boolean;
}

function chosen({ drill, backplane, short }: Choice): Job[] | string {
  const names = drill?.split(',');
  const unknown = names?.filter((name) => !drills.some((each) => each.name === name)) ?? [];
  if (unknown.length > 0) return `There is no drill ${unknown.join(', ')}. --list shows them.`;
  return drills
    .filter((each) => (names ? names.includes(each.name) : !short || each.short === true))
    .flatMap((each) =>
      each.on.filter((kind) => backplane === 'both' || backplane === kind).map((on) => ({ drill: each, on })),
    );
}

function saboteurs(name: string): Job[] | string {
  const names = name === 'all' ? Object.keys(sabotages) : [name];
  const unknown = names.filter((each) => !sabotages[each]);
  if (unknown.length > 0) return `There is no sabotage ${unknown.join(', ')}: ${Object.keys(sabotages).join(', ')}.`;
  return names.map((sabotage) => {
    const { drill: wanted, on, failpoints } = sabotages[sabotage]!;
    return { drill: drills.find((each) => each.name === wanted)!, on, failpoints, sabotage };
  });
}

async function play(jobs: readonly Job[], options: HarnessOptions): Promise<number> {
  const servers = await startServers();
  let bad = 0;
  try {
    for (const job of jobs) {
      if (job.on === 'redis' && !servers.redis) {
        say(`left out: ${job.drill.name} on redis (there is no redis-server here)\n`, 0);
        continue;
      }
      const missing = job.drill.missing?.();
      if (missing !== undefined) {
        say(`left out: ${job.drill.name} on ${job.on} (${missing})\n`, 0);
        continue;
      }
      const failpoints = job.failpoints ? { failpoints: job.failpoints } : {};
      const outcome = await playDrill(servers, job.drill, job.on, {
        ...options,
        ...failpoints,
        short: options.short || job.sabotage !== undefined,
      });
      const good = outcome.passed === (job.sabotage === undefined);
      if (!good) bad += 1;
      report(outcome, good, job.sabotage);
    }
  } finally {
    await servers.stop();
  }
  return say(bad === 0 ? 'Everything held.\n' : `${bad} did not hold.\n`, bad === 0 ? 0 : 1);
}

function report({ drill, on, passed, seconds, figures, fault }: Outcome, good: boolean, sabotage?: string): void {
  const what =
    sabotage === undefined
      ? `${drill} on ${on}`
      : `${drill} on ${on} without ${sabotage}: ${passed ? 'passes' : 'fails'}`;
  say(`${good ? 'ok  ' : 'FAIL'} ${what} (${seconds} s)\n`, 0);
  for (const [name, value] of Object.entries(figures)) say(`       ${name}: ${value}\n`, 0);
  if (fault !== undefined)
    say(
      `${fault
        .split('\n')
        .slice(0, good ? 4 : 60)
        .map((line) => `       ${line}`)
        .join('\n')}\n`,
      0,
    );
}

function say(text: string, status: number): number {
  process.stdout.write(text);
  return status;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
