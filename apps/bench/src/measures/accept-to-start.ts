import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { atMost, baselineOf, durations, told, type Line } from '../report/line';
import { median } from '../report/samples';
import { startBareQueue, type BareQueue } from '../world/bare-queue';
import { databaseAhead, wallMs } from '../world/clock';
import { loadPlan } from '../world/plans';
import { makeRepository } from '../world/repository';
import { newProject, untilRest } from '../world/runs';
import type { Stack } from '../world/stack';
import type { StackMeasure } from './measure';

interface Sample {
  readonly fromAnswer: number;
  readonly fromRequest: number;
}

/**
 * From the moment the client holds the API's 2xx to `lease.taken`, the executor's first action on the run, by the database's clock. The
 * project's set-up command fails, so that each run blocks at once and the queue is idle again.
 */
export const acceptToStart: StackMeasure = {
  name: 'accept-to-start',
  needs: 'scripted',
  run: async ({ stack, quick }) => {
    const pg = new Client({ connectionString: stack.databaseUrl });
    await pg.connect();
    const bare = await startBareQueue(stack);
    try {
      const projectId = await newProject(stack, makeRepository(join(stack.root, 'idle'), 3), { setup: ['exit 1'] });
      const [ours, theirs] = await sample({ stack, pg, bare, projectId }, quick ? 10 : 60);
      return [lineOf(stack, ours, theirs)];
    } finally {
      await bare.stop();
      await pg.end();
    }
  },
};

interface Means {
  readonly stack: Stack;
  readonly pg: Client;
  readonly bare: BareQueue;
  readonly projectId: string;
}

const warmUps = 3;

async function sample(means: Means, rounds: number): Promise<[Sample[], number[]]> {
  const ours: Sample[] = [];
  const theirs: number[] = [];
  for (let round = -warmUps; round < rounds; round += 1) {
    const own = await oneRun(means);
    const bare = await means.bare.addToProcess();
    if (round < 0) continue;
    ours.push(own);
    theirs.push(bare);
  }
  return [ours, theirs];
}

async function oneRun({ stack, pg, projectId }: Means): Promise<Sample> {
  const document = loadPlan('Idle', [{ markers: 0, perSecond: 1, file: '' }]);
  const { id } = await stack.client.plans.submit({ projectId, document });
  const ahead = await databaseAhead(pg);
  await pause(20);
  const asked = wallMs();
  const { runId } = await stack.client.plans.approve(id);
  const answered = wallMs();
  await untilRest(stack, runId, 'blocked');
  const { rows } = await pg.query<{ ms: number }>(
    `SELECT (extract(epoch FROM at) * 1000)::float8 AS ms FROM events WHERE run_id = $1 AND type = 'lease.taken' ORDER BY seq LIMIT 1`,
    [runId],
  );
  const started = rows[0]!.ms - ahead;
  return { fromAnswer: started - answered, fromRequest: started - asked };
}

function lineOf(stack: Stack, ours: readonly Sample[], theirs: readonly number[]): Line {
  const fromAnswer = ours.map((each) => each.fromAnswer);
  const fromRequest = ours.map((each) => each.fromRequest);
  return {
    measure: 'accept-to-start',
    quantity: "from the API's 2xx for approve to lease.taken, idle queue",
    backplane: stack.backplane,
    samples: ours.length,
    checks: [
      ...durations(fromAnswer, { p50: 6, p95: 15 }),
      atMost('against bare BullMQ, p50', median(fromAnswer) / median(theirs), 3, '×'),
      told('from the request, p50', median(fromRequest), 'ms'),
    ],
    baseline: baselineOf('bare BullMQ add → process, p50', theirs),
    note: 'Below zero: the executor had begun before the client had read its answer.',
  };
}
