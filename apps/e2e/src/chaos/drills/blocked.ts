import { setTimeout as delay } from 'node:timers/promises';
import { createBackplane } from '@lockstep/backplane';
import type { RunStatus } from '@lockstep/contracts';
import { waitFor } from '@lockstep/testing';
import { workersIn } from '../../oracle';
import { ask, bash, complete, say, turnOf } from '../../scenario/model';
import { fileStep, planOf } from '../../scenario/plans';
import { both, type Drill, type Scene } from '../drill';
import { memoryOf } from '../processes';
import { all, beginMany } from '../runs';

const slots = 4;
const real = 20;
/** So many are driven to their end, the real ones among them; the rest would take half an hour more and is cancelled. */
const driven = 120;
const mayGrowMegabytes = 20;

/** Rows of blocked runs, as if they had asked like the given one. */
async function copyRun({ servers, stack }: Scene, of: string, count: number): Promise<void> {
  const copies = `CREATE TEMP TABLE copies AS SELECT gen_random_uuid() AS id FROM generate_series(1, ${count})`;
  const copy = (table: string, own: string): string =>
    `INSERT INTO ${table} SELECT (jsonb_populate_record(t, ${own})).* FROM ${table} t, copies WHERE t.${table === 'runs' ? 'id' : 'run_id'} = '${of}'`;
  await servers.postgres.query(
    stack.databaseUrl,
    [
      copies,
      copy('runs', `jsonb_build_object('id', copies.id, 'branch', t.branch || '-' || copies.id, 'event_seq', 0)`),
      copy('steps', `jsonb_build_object('run_id', copies.id)`),
      copy('attempts', `jsonb_build_object('run_id', copies.id, 'id', gen_random_uuid())`),
      copy('questions', `jsonb_build_object('run_id', copies.id, 'id', gen_random_uuid())`),
    ].join(';'),
  );
}

async function waitMany(scene: Scene): Promise<void> {
  const { stack } = scene;
  const { prisma } = stack.database;
  const executor = stack.executors[0]!;
  const ids = await beginMany(scene, scene.short ? 2 : real, { document: (tag) => planOf(tag, [fileStep('1')]) });
  await all(scene, ids, 'blocked');
  const before = memoryOf(executor.child.pid!);
  await copyRun(scene, ids[0]!, scene.short ? 20 : 1_000 - real);
  await delay(5_000);
  scene.note('blocked runs', await prisma.run.count({ where: { status: 'blocked' } }));
  await expectIdle(scene);
  const after = memoryOf(executor.child.pid!);
  scene.note('memory of the idle executor', `${Math.round(before)} MB before, ${Math.round(after)} MB with them`);
  if (after - before > mayGrowMegabytes) throw new Error(`The idle executor grew by ${Math.round(after - before)} MB`);
  await answerAll(scene, ids);
}

/** No process, no slot, no job. */
async function expectIdle({ stack }: Scene): Promise<void> {
  const { databaseUrl, redisUrl, namespace } = stack;
  const backplane = createBackplane({
    databaseUrl,
    ...(redisUrl ? { redisUrl } : {}),
    ...(namespace ? { namespace } : {}),
  });
  await backplane.start();
  const { waiting, active } = await backplane.admin.counts().finally(() => backplane.stop());
  const working = stack.workspaceRoots.flatMap((root) => workersIn(root)).length;
  const held = await stack.database.prisma.run.count({ where: { leaseOwner: { not: null } } });
  if (waiting + active + working + held > 0)
    throw new Error(
      `Blocked runs hold ${waiting} waiting jobs, ${active} active ones, ${working} processes and ${held} leases`,
    );
}

/** They go on at the fleet's pace: never more at once than there are slots. */
async function answerAll(scene: Scene, own: readonly string[]): Promise<void> {
  const { prisma } = scene.stack.database;
  const { runs } = scene.stack.client;
  const questions = await prisma.question.findMany({ where: { status: 'open' }, select: { id: true, runId: true } });
  const begun = performance.now();
  // The real ones first: all of them are driven to their end.
  const inTurn = [...questions].sort((a, b) => Number(own.includes(b.runId)) - Number(own.includes(a.runId)));
  for (const { id, runId } of inTurn) await runs.answer(runId, [{ questionId: id, answer: 'A' }]);
  scene.note('answers a second', Math.round(questions.length / ((performance.now() - begun) / 1000)));
  let most = 0;
  const done = (ids?: readonly string[]): Promise<number> =>
    prisma.run.count({ where: { status: 'completed', ...(ids ? { id: { in: [...ids] } } : {}) } });
  const watch = async (): Promise<boolean> => {
    most = Math.max(most, await prisma.run.count({ where: { status: 'running' } }));
    return (await done(own)) === own.length && (await done()) >= Math.min(questions.length, driven);
  };
  await waitFor(watch, { what: 'answered runs to be done', timeoutMs: 400_000, everyMs: 100 });
  scene.note('runs driven to their end', `${await done()}, all ${own.length} real ones among them`);
  scene.note('runs done a minute', Math.round((await done()) / ((performance.now() - begun) / 60_000)));
  scene.note('most at once', most);
  if (most > slots) throw new Error(`${most} runs were driven at once, on ${slots} slots`);
  await cancelTheRest(scene);
}

async function cancelTheRest({ stack }: Scene): Promise<void> {
  const { prisma } = stack.database;
  const moving = { status: { in: ['queued', 'running'] satisfies RunStatus[] } };
  const left = await prisma.run.findMany({ where: moving, select: { id: true } });
  for (const { id } of left) await stack.client.runs.cancel(id).catch(() => undefined);
  await waitFor(async () => (await prisma.run.count({ where: moving })) === 0, {
    what: 'the rest to be cancelled',
    timeoutMs: 60_000,
  });
  const otherwise = await prisma.run.count({ where: { status: { notIn: ['completed', 'cancelled'] } } });
  if (otherwise > 0) throw new Error(`${otherwise} runs ended otherwise`);
}

export const blockedDrills: readonly Drill[] = [
  {
    name: 'blocked',
    about: '1,000 runs wait for answers, 20 of them real; all are answered, and 120 driven to their end',
    on: both,
    stack: {
      executors: 1,
      concurrency: slots,
      script: {
        turns: [
          { ...turnOf('1', 'step', ask('Which one?', ['A', 'B'])), repeat: true },
          { match: { step: '1' }, blocks: [bash('echo good > part-1.txt'), complete('1'), say('Done.')], repeat: true },
        ],
      },
    },
    play: waitMany,
  },
];
