import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { atMost, baselineOf, told, type Line } from '../report/line';
import { median, p95 } from '../report/samples';
import { codePlan, loadPlan } from '../world/plans';
import { git, makeRepository } from '../world/repository';
import { launch, newProject, untilRest } from '../world/runs';
import type { Stack } from '../world/stack';
import type { Bench, StackMeasure } from './measure';

interface StepTimes {
  readonly overhead: number;
  readonly tests: number;
  readonly agent: number;
  readonly wall: number;
}

/**
 * From the stored rows: a step's wall time is from the start of its attempt to the start of the next one's, so that nothing between two
 * steps is left out; the agent's is from the turn's row being opened to its being closed; the tests' is what the gate measured.
 */
export const stepOverhead: StackMeasure = {
  name: 'step-overhead',
  needs: 'claude',
  run: async (bench) => [await measure(bench, 'claude', codePlan('Steps', stepsOf(bench)))],
};

/** The same with an agent that needs no time of its own, so that what Lockstep does while a turn runs counts as well. */
export const stepFloor: StackMeasure = {
  name: 'step-floor',
  needs: 'scripted',
  longOnly: true,
  run: async (bench) => {
    const loads = Array.from({ length: stepsOf(bench) }, (_, at) => ({
      markers: 0,
      perSecond: 1,
      file: `out/${at}.txt`,
    }));
    return [await measure(bench, 'scripted', loadPlan('Steps', loads))];
  },
};

const stepsOf = ({ quick }: Bench): number => (quick ? 21 : 41);

async function measure(
  { stack }: Bench & { stack: Stack },
  agent: 'claude' | 'scripted',
  document: string,
): Promise<Line> {
  const repository = makeRepository(join(stack.root, `steps-${agent}`), 100);
  const projectId = await newProject(stack, repository);
  const bare = handSteps(makeRepository(join(stack.root, `hand-${agent}`), 100), 10);
  const runId = await launch(stack, projectId, document);
  await untilRest(stack, runId);
  bare.push(...handSteps(join(stack.root, `hand-${agent}`), 10));
  // The first step's attempt opens the session and warms everything up.
  return lineOf(stack, agent, (await timesOf(stack, runId)).slice(1), bare);
}

function lineOf(
  { backplane }: Stack,
  agent: 'claude' | 'scripted',
  times: readonly StepTimes[],
  bare: readonly number[],
): Line {
  const overhead = times.map((each) => each.overhead);
  const whole = times.map(({ wall, tests }) => wall - tests);
  const name = agent === 'claude' ? 'step-overhead' : 'step-floor';
  const turns = agent === 'claude' ? 'the real claude and an instant model' : 'an instant agent';
  return {
    measure: name,
    quantity: `step wall time − agent − test time, ${turns}`,
    backplane,
    samples: times.length,
    checks: [
      atMost('p50', median(overhead), 80, 'ms'),
      told('p95', p95(overhead), 'ms'),
      ...(agent === 'scripted' ? [atMost('wall − tests, p50', median(whole), 80, 'ms')] : []),
      told('step, p50', median(times.map(({ wall }) => wall)), 'ms'),
      told('agent, p50', median(times.map((each) => each.agent)), 'ms'),
      told('tests, p50', median(times.map(({ tests }) => tests)), 'ms'),
    ],
    baseline: baselineOf('git add --all && git commit by hand, p50', bare),
  };
}

/** What a shell pays for a step's commit in the same tree. */
function handSteps(repository: string, count: number): number[] {
  return Array.from({ length: count }, (_, at) => {
    writeFileSync(join(repository, `hand-${process.hrtime.bigint()}-${at}.txt`), 'x\n');
    const began = performance.now();
    git(repository, 'add', '--all');
    git(repository, 'commit', '--quiet', '--message', 'By hand');
    execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository });
    return performance.now() - began;
  });
}

async function timesOf(stack: Stack, runId: string): Promise<StepTimes[]> {
  const pg = new Client({ connectionString: stack.databaseUrl });
  await pg.connect();
  try {
    const { rows } = await pg.query<{ wall: number; agent: number; tests: number }>(stepTimes, [runId]);
    return rows.map((row) => ({ ...row, overhead: row.wall - row.agent - row.tests }));
  } finally {
    await pg.end();
  }
}

const stepTimes = `
  SELECT (extract(epoch FROM coalesce(lead(a.started_at) OVER (ORDER BY a.started_at), a.finished_at) - a.started_at) * 1000)::float8 AS wall,
    (SELECT coalesce(sum(extract(epoch FROM t.finished_at - t.started_at) * 1000), 0)::float8 FROM turns t
      WHERE t.run_id = a.run_id AND t.step_key = a.step_key AND t.attempt = a.number) AS agent,
    (SELECT coalesce(sum(v.duration_ms), 0)::float8 FROM verifications v
      WHERE v.run_id = a.run_id AND v.step_key = a.step_key AND v.attempt = a.number) AS tests
  FROM attempts a WHERE a.run_id = $1 ORDER BY a.started_at`;
