import { join } from 'node:path';
import { told, type Line } from '../report/line';
import { codePlan } from '../world/plans';
import { makeRepository } from '../world/repository';
import { launch, newProject, untilRest } from '../world/runs';
import { shellLoop } from '../world/shell-loop';
import { startStack } from '../world/stack';
import type { BackplaneMeasure, Bench } from './measure';
import type { BackplaneKind } from '../world/stack';

const steps = 2;
const perExecutor = 3;

/** Runs per hour with 1, 2 and 4 executors of one slot each, against one shell that does the same plans one after the other. */
export const throughput: BackplaneMeasure = {
  name: 'throughput',
  needs: 'backplane',
  longOnly: true,
  run: async (bench) => {
    const rates: { executors: number; perHour: number }[] = [];
    let loop = 0;
    for (const executors of [1, 2, 4]) {
      const measured = await perHour(bench, executors);
      rates.push({ executors, perHour: measured.ours });
      loop = Math.max(loop, measured.loop);
    }
    return [lineOf(bench.backplane, rates, loop)];
  },
};

async function perHour(
  { servers, backplane }: Bench & { backplane: BackplaneKind },
  executors: number,
): Promise<{ ours: number; loop: number }> {
  const stack = await startStack(servers, { backplane, agent: 'claude', executors });
  try {
    const projectId = await newProject(stack, makeRepository(join(stack.root, 'busy'), 100));
    await untilRest(stack, await launch(stack, projectId, codePlan('Warm', steps)));
    const count = executors * perExecutor;
    const began = performance.now();
    const ids = await Promise.all(
      Array.from({ length: count }, (_, at) => launch(stack, projectId, codePlan(`Busy ${at}`, steps))),
    );
    await Promise.all(ids.map((id) => untilRest(stack, id)));
    const ours = (count * 3_600_000) / (performance.now() - began);
    return { ours, loop: 3_600_000 / (await shellLoop(join(stack.root, 'loop'), stack.modelUrl, steps)) };
  } finally {
    await stack.stop();
  }
}

function lineOf(
  backplane: BackplaneKind,
  rates: readonly { executors: number; perHour: number }[],
  loop: number,
): Line {
  const best = rates.reduce((a, b) => (b.perHour > a.perHour * 1.1 ? b : a));
  return {
    measure: 'throughput',
    quantity: `${steps}-step runs per hour, one slot per executor`,
    backplane,
    samples: rates.length,
    checks: rates.map(({ executors, perHour: rate }) => told(`${executors} executors`, rate, 'runs/h')),
    baseline: { what: 'one shell loop', value: loop, unit: 'runs/h' },
    note: `It stops scaling at ${best.executors} executors: claude, the tests and git of each run want a core, and this machine's are shared with Postgres and the bench.`,
  };
}
