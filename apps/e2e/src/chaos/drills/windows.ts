import type { ServiceProcess } from '../../stack';
import type { Drill, Scene } from '../drill';
import { untilGone } from '../processes';
import { all, begin } from '../runs';

/** Between every two effects of a step's commit, of the closing commit and of the delivery. */
const windows = [
  'executor.step.documents-written',
  'executor.step.intent-kept',
  'executor.step.committed',
  'executor.step.advanced',
  'executor.step.unannounced',
  'executor.step.stored',
  'executor.closing.intent-kept',
  'executor.closing.advanced',
  'executor.delivery.pushing',
  'executor.delivery.pushed',
] as const;

/** The executor dies in the window; the next one has its disk, or an empty one. */
async function dieIn(scene: Scene, window: string, disk: 'same' | 'empty'): Promise<void> {
  const { stack, random } = scene;
  const hit = window.startsWith('executor.step') ? random.between(1, 2) : 1;
  const doomed = await stack.startExecutor(scene.armed(`${window}=kill@${hit}`));
  const folder = stack.workspaceRoots.at(-1)!;
  const id = await begin(scene, { steps: 2 });
  await untilGone(doomed, 60_000);
  if (doomed.child.signalCode !== 'SIGKILL')
    throw new Error(`${window} was not reached:\n${doomed.log().slice(-2000)}`);
  const heir: ServiceProcess = await stack.startExecutor({
    ...scene.armed(),
    ...(disk === 'same' ? { WORKSPACE_ROOT: folder } : {}),
  });
  await all(scene, [id], 'completed', 60_000);
  await heir.end();
}

export const windowDrills: readonly Drill[] = [
  {
    name: 'windows',
    about: 'an executor dies in each window of a commit',
    on: ['postgres'],
    stack: { executors: 0, concurrency: 1 },
    short: true,
    play: async (scene) => {
      const disks = scene.short ? (['same'] as const) : (['same', 'empty'] as const);
      const chosen = scene.short ? windows.slice(2, 4) : windows;
      for (const window of chosen) for (const disk of disks) await dieIn(scene, window, disk);
      scene.note('windows', chosen.length * disks.length);
    },
  },
];
