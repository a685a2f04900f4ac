import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@lockstep/testing';
import { workersIn } from '../../oracle';
import { git } from '../../repository';
import type { ServiceProcess } from '../../stack';
import { both, productionTimes, type Drill, type Scene } from '../drill';
import { spread } from '../figures';
import { freeze, isStopped, kill, says, thaw } from '../processes';
import { historyFaults } from '../history';
import { all, begin, holdersOf, keepBusy, repositoryOf } from '../runs';

const concurrency = 4;
/** The lease and one sweep; what the queue and the machine add must fit into the rest. */
const goesOnWithinMs = 12_000;

/** Executors that live now, with the folder of each. */
type Fleet = Map<ServiceProcess, string>;

async function killAtRandom(scene: Scene): Promise<void> {
  const { stack, random } = scene;
  const fleet: Fleet = new Map(stack.executors.map((each, index) => [each, stack.workspaceRoots[index]!]));
  const ids: string[] = [];
  const times: number[] = [];
  for (let round = 0; round < scene.rounds; round++) {
    await keepBusy(scene, ids, 2 * concurrency);
    await delay(random.between(200, 4_000));
    const victim = random.pick([...fleet.keys()]);
    times.push(...(await killOne(scene, fleet, victim)));
  }
  await all(scene, ids, 'completed', 600_000);
  scene.note('rounds', scene.rounds);
  scene.note('runs', ids.length);
  scene.note('runs taken from the dead', times.length);
  scene.note('until a dead run goes on', spread(times));
  if (Math.max(0, ...times) > goesOnWithinMs) throw new Error(`A dead run went on after ${Math.max(...times)} ms`);
}

/** Gives the time until each run of the dead executor went on elsewhere. The next one starts on the same disk or on an empty one. */
async function killOne(scene: Scene, fleet: Fleet, victim: ServiceProcess): Promise<number[]> {
  const { stack, random } = scene;
  const folder = fleet.get(victim)!;
  fleet.delete(victim);
  await kill(victim);
  const at = Date.now();
  const orphans = (await holdersOf(scene)).get(victim.name) ?? [];
  const sameDisk = random.chance(0.5);
  const heir = await stack.startExecutor(sameDisk ? { WORKSPACE_ROOT: folder } : {});
  fleet.set(heir, sameDisk ? folder : stack.workspaceRoots.at(-1)!);
  return Promise.all(orphans.map((id) => untilTaken(scene, id, at)));
}

async function untilTaken({ stack }: Scene, streamId: string, since: number): Promise<number> {
  const taken = await waitFor(
    () =>
      stack.database.prisma.event.findFirst({
        where: { streamId, type: 'lease.taken', at: { gt: new Date(since) } },
        orderBy: { seq: 'asc' },
      }),
    { what: `run ${streamId} to go on`, timeoutMs: 60_000, everyMs: 50 },
  );
  return taken.at.getTime() - since;
}

/** Stopped by the kernel until its run is somebody else's: what it does when it wakes must change nothing. */
async function freezeOne(scene: Scene, failpoint?: string): Promise<void> {
  const { stack, random } = scene;
  const first = await stack.startExecutor(failpoint ? scene.armed(`${failpoint}=pause@1`) : {});
  const folder = stack.workspaceRoots.at(-1)!;
  const id = await begin(scene);
  await waitFor(async () => (await holdersOf(scene)).get(first.name), {
    what: 'the run to be taken',
    timeoutMs: 20_000,
  });
  if (failpoint) await waitFor(() => isStopped(first), { what: `${failpoint} to be reached`, timeoutMs: 60_000 });
  else await delay(random.between(0, 700)).then(() => freeze(first));
  await waitFor(async () => !(await holdersOf(scene)).has(first.name), {
    what: 'the lease to run out',
    timeoutMs: 20_000,
  });
  const second = await stack.startExecutor();
  await waitFor(async () => (await holdersOf(scene)).has(second.name), {
    what: 'the other to take it',
    timeoutMs: 20_000,
  });
  if (failpoint?.includes('delivery')) await all(scene, [id], 'completed');
  const before = git(repositoryOf(scene), 'for-each-ref');
  const woken = performance.now();
  thaw(first);
  const died = untilDead(first, folder).then(
    () => performance.now() - woken,
    (error: unknown) => error,
  );
  await all(scene, [id], 'completed', 90_000);
  const history = await historyFaults(stack.database);
  if (history.length > 0) throw new Error(history.join('\n'));
  if (failpoint?.includes('delivery') && git(repositoryOf(scene), 'for-each-ref') !== before)
    throw new Error('the late executor moved a ref of the project');
  const ms = await died;
  if (typeof ms !== 'number') throw ms;
  scene.note(`agent dead after waking${failpoint ? ` at ${failpoint}` : ''}`, `${Math.round(ms)} ms`);
  await Promise.all([first.end(), second.end()]);
}

/** The late executor has seen that it lost its run, and nothing of its agent is left. */
async function untilDead(executor: ServiceProcess, folder: string): Promise<void> {
  await says(executor, 'the lease is lost');
  await waitFor(() => workersIn(folder).length === 0, {
    what: 'the agent of the late executor to be dead',
    everyMs: 5,
  });
}

const freezePoints = [
  'executor.step.intent-kept',
  'executor.step.committed',
  'executor.step.advanced',
  'executor.closing.advanced',
  'executor.delivery.pushing',
] as const;

export const executorDrills: readonly Drill[] = [
  {
    name: 'kill',
    about: 'kill -9 of executors at random, with all slots busy',
    on: both,
    stack: { executors: 2, concurrency, env: productionTimes },
    play: killAtRandom,
  },
  {
    name: 'freeze',
    about: 'an executor is stopped past its lease, and comes back',
    on: both,
    stack: { executors: 0, concurrency: 1 },
    short: true,
    play: async (scene) => {
      for (const point of scene.short ? ['executor.step.committed'] : [undefined, ...freezePoints])
        await freezeOne(scene, point);
    },
  },
];
