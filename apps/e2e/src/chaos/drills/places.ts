import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readEpoch, renewEpoch, rowBlobs } from '@lockstep/database';
import { waitFor } from '@lockstep/testing';
import { keptInTurn } from '../../scenario/kept-in-turn';
import { ask, bash, complete, good, linger, turnOf } from '../../scenario/model';
import { fileStep, planOf } from '../../scenario/plans';
import type { Drill, Scene } from '../drill';
import { environmentOf, isGone, kill } from '../processes';
import { all, begin, beginMany, holdersOf } from '../runs';

/** Everything since the backup is lost, but for what executors have on their disks and what was delivered. */
async function restoreBackup(scene: Scene): Promise<void> {
  const { stack, servers } = scene;
  const { prisma } = stack.database;
  const backup = join(stack.root, 'backup');
  const ids = await beginMany(scene, 4, { steps: 2 });
  await waitFor(async () => (await prisma.step.count({ where: { status: 'completed' } })) >= 2, {
    what: 'two steps to be done',
    timeoutMs: 60_000,
  });
  await away(scene, () => servers.postgres.copyTo(backup));
  const kept = await prisma.step.count({ where: { status: 'completed' } });
  const lost = await begin(scene);
  await all(scene, [...ids, lost], 'completed');
  const epoch = await readEpoch(stack.database);
  await away(
    scene,
    () => servers.postgres.replaceBy(backup),
    async () => {
      await renewEpoch(stack.database);
    },
  );
  await all(scene, ids, 'completed');
  scene.note('steps that the backup held', kept);
  if ((await prisma.run.count({ where: { id: lost } })) > 0) throw new Error('the run begun after the backup is there');
  if ((await readEpoch(stack.database)) === epoch) throw new Error('the epoch was not renewed');
}

/** Every service ends, something is done to the stopped server's files, and all come back on the disks they had. */
async function away(
  scene: Scene,
  work: () => void,
  before: () => Promise<void> = async () => undefined,
): Promise<void> {
  const { stack, servers } = scene;
  const folders = stack.executors.filter((each) => !isGone(each)).map((each) => environmentOf(each)['WORKSPACE_ROOT']!);
  await Promise.all([...stack.executors.map((each) => (isGone(each) ? undefined : kill(each))), scene.api.end()]);
  await servers.postgres.halt();
  work();
  await servers.postgres.start();
  await before();
  scene.api = await stack.startApi(scene.armed());
  for (const folder of folders) await stack.startExecutor({ ...scene.armed(), WORKSPACE_ROOT: folder });
}

/** Verified with what both halves of the second step left behind, the first of them in no commit. */
const halvesPlan = (tag: string): string =>
  planOf(tag, [
    fileStep('1'),
    fileStep('2', { verify: 'grep -q half wip.txt && grep -q good part-2.txt && grep -q good part-1.txt' }),
  ]);

/** The machine of a blocked run is gone, with everything on it. Its answer brings the run back elsewhere, in the same session. */
async function loseTheDisk(scene: Scene): Promise<void> {
  const { stack } = scene;
  const first = await stack.startExecutor();
  const folder = stack.workspaceRoots.at(-1)!;
  const id = await begin(scene, { document: halvesPlan });
  await all(scene, [id], 'blocked');
  const before = await stack.database.prisma.run.findUniqueOrThrow({ where: { id } });
  await kill(first);
  rmSync(folder, { recursive: true, force: true });
  await stack.startExecutor();
  const [question] = await stack.client.questions.list({ state: 'open', runId: id });
  const asked = performance.now();
  await stack.client.runs.answer(id, [{ questionId: question!.id, answer: 'A' }]);
  await waitFor(async () => (await holdersOf(scene)).size > 0, { what: 'the run to go on', everyMs: 5 });
  scene.note('from the answer to the other executor', `${Math.round(performance.now() - asked)} ms`);
  await all(scene, [id], 'completed');
  await sameSession(scene, id, before.sessionId, 'answer');
}

/** The machine is gone in the middle of a turn. Another one goes on with the last interval's files, in the same session. */
async function loseTheDiskInATurn(scene: Scene): Promise<void> {
  const { stack } = scene;
  const { prisma } = stack.database;
  const first = await stack.startExecutor();
  const id = await begin(scene, { document: halvesPlan });
  await waitFor(async () => (await prisma.step.count({ where: { runId: id, status: 'completed' } })) === 1, {
    what: 'the first step to be done',
    timeoutMs: 60_000,
  });
  await keptInTurn(stack, id, rowBlobs);
  const before = await prisma.run.findUniqueOrThrow({ where: { id } });
  await kill(first);
  rmSync(first.workspaceRoot, { recursive: true, force: true });
  const lost = performance.now();
  const second = await stack.startExecutor();
  await waitFor(async () => (await holdersOf(scene)).has(second.name), {
    what: 'the run to go on',
    timeoutMs: 60_000,
    everyMs: 5,
  });
  scene.note('from the loss to the other executor', `${Math.round(performance.now() - lost)} ms`);
  await all(scene, [id], 'completed');
  await sameSession(scene, id, before.sessionId, 'interrupted');
  const outcomes = await prisma.attempt.findMany({ where: { runId: id, stepKey: '2' }, orderBy: { number: 'asc' } });
  const told = outcomes.map(({ outcome }) => outcome).join(', ');
  if (told !== 'lost, passed') throw new Error(`The attempts of the step that was under way ended: ${told}`);
}

/** The session is the one of before the loss, and its last prompt of the kind told finds the conversation so far. */
async function sameSession({ stack }: Scene, id: string, sessionId: string | null, word: string): Promise<void> {
  const after = await stack.database.prisma.run.findUniqueOrThrow({ where: { id } });
  if (after.sessionId !== sessionId) throw new Error('Claude’s session was not resumed');
  const turns = (await stack.model.requests()).filter(({ message }) => message?.kind === 'main');
  const last = turns.findLast(({ message }) => message?.prompt.includes(word) ?? false);
  if (last === undefined || (last.message?.promptCount ?? 0) < 3)
    throw new Error('The resumed session does not hold the conversation so far');
}

/** Each executor of a folder has a place of its own in it, also beside one that was killed: all runs complete. */
async function shareTheDisk(scene: Scene): Promise<void> {
  const { stack } = scene;
  const first = await stack.startExecutor();
  const WORKSPACE_ROOT = first.workspaceRoot;
  await stack.startExecutor({ WORKSPACE_ROOT });
  const ids = await beginMany(scene, 4);
  await waitFor(async () => new Set((await holdersOf(scene)).keys()).size === 2, {
    what: 'both executors to hold a run',
    timeoutMs: 60_000,
  });
  if (!existsSync(join(WORKSPACE_ROOT, 'executor-2', 'executor.lock')))
    throw new Error('the second executor has no folder of its own');
  await kill(first);
  const began = performance.now();
  await stack.startExecutor({ WORKSPACE_ROOT });
  scene.note('an heir of a killed executor starts within', `${Math.round(performance.now() - began)} ms`);
  await all(scene, ids, 'completed');
}

export const placeDrills: readonly Drill[] = [
  {
    name: 'disk-shared',
    about: 'two executors have one folder; one is killed, and a third starts there',
    on: ['postgres'],
    stack: { executors: 0, concurrency: 1 },
    play: shareTheDisk,
  },
  {
    name: 'disk-lost',
    about: 'the whole data directory of an executor is deleted while its run waits for an answer',
    on: ['postgres'],
    stack: {
      executors: 0,
      concurrency: 1,
      script: {
        turns: [
          turnOf('1', 'step', good('1'), complete('1')),
          turnOf('2', 'step', bash('echo half > wip.txt'), ask('Which one?', ['A', 'B'])),
          turnOf('2', 'answer', good('2'), complete('2')),
        ],
      },
    },
    play: loseTheDisk,
  },
  {
    name: 'disk-lost-in-a-turn',
    about: 'the whole data directory of an executor is deleted in the middle of a turn',
    on: ['postgres'],
    stack: {
      executors: 0,
      concurrency: 1,
      env: { LOCKSTEP_SNAPSHOT_INTERVAL_MS: '500' },
      script: {
        turns: [
          turnOf('1', 'step', good('1'), complete('1')),
          turnOf('2', 'step', bash('echo half > wip.txt'), linger),
          turnOf('2', 'resume', good('2'), complete('2')),
        ],
      },
    },
    play: loseTheDiskInATurn,
  },
  {
    name: 'restore',
    about: 'Postgres is brought back from a backup while executors and the project’s repository are further on',
    on: ['postgres'],
    stack: { executors: 2, concurrency: 2 },
    play: restoreBackup,
  },
];
