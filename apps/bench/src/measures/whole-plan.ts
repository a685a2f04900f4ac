import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, baselineOf, told } from '../report/line';
import { median } from '../report/samples';
import { codePlan } from '../world/plans';
import { makeRepository } from '../world/repository';
import { launch, newProject, untilRest } from '../world/runs';
import { shellLoop } from '../world/shell-loop';
import type { Stack } from '../world/stack';
import type { StackMeasure } from './measure';

const steps = 3;

async function oneRun(stack: Stack, projectId: string): Promise<number> {
  const began = performance.now();
  await untilRest(stack, await launch(stack, projectId, codePlan('Values', steps)));
  return performance.now() - began;
}

/** From POST /plans to the run's completion (branch delivered, clean room passed), against a shell that knows none of that. */
export const wholePlan: StackMeasure = {
  name: 'whole-plan',
  needs: 'claude',
  run: async ({ stack, quick }) => {
    const folder = join(stack.root, 'plan');
    mkdirSync(folder);
    const projectId = await newProject(stack, makeRepository(join(folder, 'repository'), 100));
    const ours: number[] = [];
    const loop: number[] = [];
    for (let round = quick ? 0 : -1; round < (quick ? 1 : 5); round += 1) {
      const bare = await shellLoop(join(folder, `loop-${round}`), stack.modelUrl, steps);
      const own = await oneRun(stack, projectId);
      if (round < 0) continue;
      loop.push(bare);
      ours.push(own);
    }
    return [
      {
        measure: 'whole-plan',
        quantity: `a ${steps}-step plan from submission to its delivered branch`,
        backplane: stack.backplane,
        samples: ours.length,
        checks: [
          told('p50', median(ours), 'ms'),
          atMost('against the shell loop', median(ours) / median(loop), 0.7, '×'),
        ],
        baseline: baselineOf('claude -p, test, commit in a shell loop, p50', loop),
      },
    ];
  },
};
