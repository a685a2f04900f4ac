import { join } from 'node:path';
import { waitFor } from '@lockstep/testing';
import { always, bash, complete, easy, good, turnOf } from '../../scenario/model';
import { fileStep, planOf } from '../../scenario/plans';
import type { ExecutorProcess } from '../../stack';
import type { Drill, Scene } from '../drill';
import { isStopped, thaw } from '../processes';
import { all, begin } from '../runs';
import { mountSmallDisk, noSmallDisk, type SmallDisk } from '../servers/small-disk';

interface Place {
  readonly disk: SmallDisk;
  readonly executor: ExecutorProcess;
}

async function onSmallDisk(scene: Scene, ...failpoints: string[]): Promise<Place> {
  const disk = mountSmallDisk();
  scene.defer(disk.remove);
  const env = { ...scene.armed(...failpoints), WORKSPACE_ROOT: join(disk.folder, 'root') };
  return { disk, executor: await scene.stack.startExecutor(env) };
}

const documentOf = (tag: string): string => planOf(tag, [fileStep('1'), fileStep('2')]);

/** The run asks, in words that name the disk; it has spent no fix attempt; and once there is room it is done. */
async function askedAndMended(scene: Scene, id: string, disk: SmallDisk): Promise<void> {
  const { client, database } = scene.stack;
  await all(scene, [id], 'blocked', 90_000);
  const questions = await client.questions.list({ state: 'open', runId: id });
  for (const { text } of questions)
    if (!/disk .*is full|No space left on device/i.test(text))
      throw new Error(`A full disk is asked about as: ${text}`);
  const fixes = await database.prisma.attempt.count({ where: { runId: id, isFix: true } });
  if (fixes > 0) throw new Error(`A full disk cost ${fixes} fix attempts`);
  disk.makeRoom();
  for (const question of questions) await client.runs.answer(id, [{ questionId: question.id, answer: 'Try again' }]);
  await all(scene, [id], 'completed', 90_000);
}

/** Filled by the agent in its turn: the gate cannot keep what it left. */
async function fillFromWithin(scene: Scene): Promise<void> {
  const { disk, executor } = await onSmallDisk(scene);
  await askedAndMended(scene, await begin(scene, { tag: 'hog', document: documentOf }), disk);
  await executor.end();
}

/** Filled by somebody else before the run begins. */
async function fillBefore(scene: Scene): Promise<void> {
  const { disk, executor } = await onSmallDisk(scene);
  disk.fill();
  await askedAndMended(scene, await begin(scene, { document: documentOf }), disk);
  await executor.end();
}

/** Filled while the executor stands in a window of a commit: its own next write is refused. */
async function fillIn(scene: Scene, window: string): Promise<void> {
  const { disk, executor } = await onSmallDisk(scene, `${window}=pause@1`);
  const id = await begin(scene, { document: documentOf });
  await waitFor(() => isStopped(executor), { what: `${window} to be reached`, timeoutMs: 60_000 });
  disk.fill();
  thaw(executor);
  await askedAndMended(scene, id, disk);
  await executor.end();
}

const windows = ['executor.step.intent-kept', 'executor.closing.intent-kept'] as const;

export const diskDrills: readonly Drill[] = [
  {
    name: 'disk-full',
    about: 'the executor’s disk is filled: by the agent, before the run, and in a window of a commit',
    on: ['postgres'],
    missing: noSmallDisk,
    stack: {
      executors: 0,
      concurrency: 1,
      // A stopped executor keeps its run: the disk is what is tested here.
      env: { LOCKSTEP_LEASE_MS: '60000' },
      script: {
        turns: [
          {
            ...turnOf('1', 'step', bash('head -c 1G /dev/zero > filler; true'), good('1'), complete('1')),
            match: { contains: 'hog part', step: '1', kind: 'step' },
          },
          always('1', bash('rm -f filler'), ...easy('1').blocks),
          always('2', ...easy('2').blocks),
        ],
      },
    },
    play: async (scene) => {
      await fillFromWithin(scene);
      await fillBefore(scene);
      for (const window of windows) await fillIn(scene, window);
    },
  },
];
