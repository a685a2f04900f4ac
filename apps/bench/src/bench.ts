import { measures } from './measures';
import type { BackplaneMeasure, Bench, Measure, PlainMeasure, StackMeasure } from './measures/measure';
import { readOptions, usage, type BenchOptions } from './options';
import type { Line } from './report/line';
import { machineText } from './report/machine';
import { summaryOf, textOf } from './report/print';
import { startServers } from './world/servers';
import { startStack, type BackplaneKind } from './world/stack';

const out = (text: string): void => void process.stdout.write(`${text}\n`);
const err = (text: string): void => void process.stderr.write(`${text}\n`);

/** Runs the bench; the exit status: 0 when it measured, missed targets or not, 1 when a measure failed, 2 for wrong usage. */
export async function bench(args: readonly string[]): Promise<number> {
  const names = measures.map(({ name }) => name);
  let options: BenchOptions;
  try {
    options = readOptions(args, names);
  } catch (error) {
    err(`${error instanceof Error ? error.message : String(error)}\n${usage(names)}`);
    return 2;
  }
  const wanted = measures.filter((each) => isWanted(each, options));
  const began = performance.now();
  const report = new Report(options.json);
  const servers = await startServers();
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  });
  try {
    await Promise.race([interrupted, runAll(wanted, { servers, quick: options.quick }, report)]);
  } catch (error) {
    report.fail(error);
  } finally {
    await servers.stop();
  }
  return report.end(performance.now() - began);
}

const isWanted = (measure: Measure, { only, quick }: BenchOptions): boolean =>
  only.length > 0 ? only.includes(measure.name) : !(quick && measure.longOnly);

async function runAll(wanted: readonly Measure[], bench: Bench, report: Report): Promise<void> {
  for (const measure of wanted.filter((each): each is PlainMeasure => each.needs === null))
    await report.take(measure.name, () => measure.run(bench));
  const kinds: BackplaneKind[] = bench.servers.redisUrl === null ? ['postgres'] : ['postgres', 'redis'];
  if (kinds.length === 1)
    report.say('No redis-server on this machine and no REDIS_URL: the Postgres backplane alone is measured.');
  for (const backplane of kinds) {
    for (const agent of ['scripted', 'claude'] as const) {
      const own = wanted.filter((each): each is StackMeasure => each.needs === agent);
      if (own.length > 0) await onStack(own, bench, { backplane, agent }, report);
    }
    for (const measure of wanted.filter((each): each is BackplaneMeasure => each.needs === 'backplane'))
      await report.take(measure.name, () => measure.run({ ...bench, backplane }));
  }
}

async function onStack(
  wanted: readonly StackMeasure[],
  bench: Bench,
  options: { backplane: BackplaneKind; agent: 'scripted' | 'claude' },
  report: Report,
): Promise<void> {
  const stack = await startStack(bench.servers, options);
  try {
    for (const measure of wanted) await report.take(measure.name, () => measure.run({ ...bench, stack }));
  } finally {
    await stack.stop();
  }
}

/** Prints each line as it comes, or everything at the end as JSON. */
class Report {
  private readonly lines: Line[] = [];
  private readonly failures: string[] = [];

  constructor(private readonly json: boolean) {
    if (!json) out(`${machineText()}\n`);
  }

  say(text: string): void {
    err(text);
  }

  /** A measure that fails takes no other with it. */
  async take(name: string, work: () => Promise<Line[]>): Promise<void> {
    try {
      const lines = await work();
      this.lines.push(...lines);
      if (!this.json) lines.forEach((line) => out(`${textOf(line)}\n`));
    } catch (error) {
      this.failures.push(name);
      err(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }

  fail(error: unknown): void {
    this.failures.push(error instanceof Error ? error.message : String(error));
    err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  end(ms: number): number {
    if (this.json) out(JSON.stringify({ machine: machineText(), lines: this.lines, failures: this.failures }));
    else
      out(`${summaryOf(this.lines)} (${Math.round(ms / 1000)} s; load now ${machineText().split('load ')[1] ?? '?'})`);
    if (this.failures.length > 0) err(`Not measured: ${this.failures.join(', ')}.`);
    return this.failures.length > 0 ? 1 : 0;
  }
}
