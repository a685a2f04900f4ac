import { both, type Drill, type Scene } from '../drill';
import { untilGone } from '../processes';
import { all, begin, filesPlan, projectOf } from '../runs';

/** The api dies in a window around its commit; its successor rings. */
async function dieAround(scene: Scene, failpoint: string): Promise<void> {
  const { stack } = scene;
  const projectId = await projectOf(scene);
  const plan = await stack.client.plans.submit({ projectId, document: filesPlan(`relay-${failpoint}`, 1) });
  await scene.api.end();
  const doomed = await stack.startApi(scene.armed(`${failpoint}=kill`));
  await stack.client.plans.approve(plan.id).catch(() => undefined);
  await untilGone(doomed);
  scene.api = await stack.startApi(scene.armed());
  const run = await stack.database.prisma.run.findFirstOrThrow({ where: { planId: plan.id } });
  await all(scene, [run.id], 'completed', 60_000);
}

export const relayDrills: readonly Drill[] = [
  {
    name: 'api-killed',
    about: 'the api dies between its commit and the queue, and between the queue and its commit (the bell rings twice)',
    on: both,
    stack: { executors: 1, concurrency: 2 },
    play: async (scene) => {
      await dieAround(scene, 'api.after-commit');
      await dieAround(scene, 'api.relay.rung');
      await all(scene, [await begin(scene, { steps: 1 })], 'completed', 60_000);
    },
  },
];
