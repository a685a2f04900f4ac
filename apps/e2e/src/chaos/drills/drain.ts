import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@lockstep/testing';
import { bash, complete, easy, linger, turn, turnOf } from '../../scenario/model';
import { fileStep, planOf } from '../../scenario/plans';
import { both, type Drill, type Scene } from '../drill';
import { spread } from '../figures';
import { all, begin, holdersOf, keepBusy, someUnderWay } from '../runs';

const handoverWithinMs = 1_000;

/** From each hand-over to the next executor's first action, in milliseconds, by the database's clock. */
async function handovers({ stack }: Scene): Promise<number[]> {
  const events = await stack.database.prisma.event.findMany({
    where: { type: { in: ['execution.status', 'lease.taken'] } },
    orderBy: [{ streamId: 'asc' }, { seq: 'asc' }],
  });
  const times: number[] = [];
  for (const [index, event] of events.entries()) {
    const next = events[index + 1];
    if ((event.data as { action?: string }).action !== 'handed_over' || next?.streamId !== event.streamId) continue;
    times.push(next.at.getTime() - event.at.getTime());
  }
  return times;
}

async function expectNoAttemptSpent({ stack }: Scene): Promise<void> {
  const spent = await stack.database.prisma.attempt.count({
    where: { OR: [{ isFix: true }, { outcome: { in: ['failed', 'timed_out'] } }] },
  });
  if (spent > 0) throw new Error(`${spent} attempts were spent on a drain`);
}

async function noteHandovers(scene: Scene, atLeast: number): Promise<void> {
  const times = await handovers(scene);
  scene.note('from release to the next first action', spread(times));
  if (times.length < atLeast)
    throw new Error(`${times.length} runs were handed over, at least ${atLeast} should have been`);
  if (Math.max(0, ...times) > handoverWithinMs) throw new Error(`A hand-over took ${Math.max(...times)} ms`);
}

/** The turn may end; the next executor, which has room, goes on at once. */
async function drainGently(scene: Scene): Promise<void> {
  const { stack, random } = scene;
  const rounds = scene.short ? 1 : 5;
  for (let round = 0; round < rounds; round++) {
    const first = await stack.startExecutor();
    // Long enough that it is under way when the other one has started.
    const id = await begin(scene, { steps: 24 });
    await waitFor(async () => (await holdersOf(scene)).has(first.name), {
      what: 'the run to begin',
      timeoutMs: 20_000,
    });
    const second = await stack.startExecutor();
    await delay(random.between(0, 1_000));
    await first.end('SIGTERM');
    await all(scene, [id], 'completed');
    await second.end('SIGTERM');
  }
  await noteHandovers(scene, rounds - 2);
  await expectNoAttemptSpent(scene);
}

/** A turn that outlasts the grace is interrupted and kept, and goes on elsewhere with its files. */
async function drainInATurn(scene: Scene, tag: string, hurry: boolean): Promise<void> {
  const { stack } = scene;
  const first = await stack.startExecutor(hurry ? {} : { LOCKSTEP_DRAIN_GRACE_MS: '1000' });
  const id = await begin(scene, {
    document: () => planOf(tag, [fileStep('1', { verify: 'grep -q half wip.txt && grep -q good part-1.txt' })]),
  });
  await waitFor(async () => (await stack.client.runs.output(id)).data.some(({ text }) => text.includes('begun')), {
    what: 'the turn to begin',
    timeoutMs: 30_000,
  });
  const second = await stack.startExecutor();
  const asked = performance.now();
  first.child.kill('SIGTERM');
  if (hurry) {
    await delay(500);
    first.child.kill('SIGTERM');
  }
  await waitFor(() => first.child.exitCode !== null || first.child.signalCode !== null, {
    what: 'the executor to leave',
    timeoutMs: 20_000,
  });
  scene.note(
    hurry ? 'gone after a second SIGTERM' : 'gone with a grace of 1 s',
    `${Math.round(performance.now() - asked)} ms`,
  );
  await all(scene, [id], 'completed');
  await second.end();
}

/** Every service is replaced while runs are under way. */
async function rollEverything(scene: Scene): Promise<void> {
  const { stack } = scene;
  let gateway = await stack.startGateway();
  const ids: string[] = [];
  for (const old of [...stack.executors]) {
    await stack.startExecutor();
    await keepBusy(scene, ids, 6);
    await someUnderWay(scene);
    await old.end('SIGTERM');
    await scene.api.end('SIGTERM');
    scene.api = await stack.startApi(scene.armed());
    await gateway.end('SIGTERM');
    gateway = await stack.startGateway();
  }
  await all(scene, ids, 'completed');
  scene.note('from release to the next first action, slots being short', spread(await handovers(scene)));
  await expectNoAttemptSpent(scene);
}

const longTurn = (tag: string) => [
  {
    ...turnOf('1', 'step', bash('echo half > wip.txt; echo begun'), linger),
    match: { contains: `${tag} part`, step: '1', kind: 'step' },
  },
  {
    ...turn('1', bash('echo good > part-1.txt'), complete('1')),
    match: { contains: `${tag} part`, step: '1', kind: 'resume' },
  },
];

export const drainDrills: readonly Drill[] = [
  {
    name: 'drain',
    about: 'SIGTERM while another executor has room',
    on: both,
    stack: { executors: 0, concurrency: 1 },
    short: true,
    play: drainGently,
  },
  {
    name: 'drain-in-a-turn',
    about: 'SIGTERM in a long turn: the grace runs out, or a second SIGTERM comes',
    on: ['postgres'],
    stack: {
      executors: 0,
      concurrency: 1,
      script: { turns: [...longTurn('slow'), ...longTurn('hurried'), easy('1')] },
    },
    play: async (scene) => {
      await drainInATurn(scene, 'slow', false);
      await drainInATurn(scene, 'hurried', true);
    },
  },
  {
    name: 'rolling',
    about: 'every service is restarted in turn',
    on: both,
    stack: { executors: 2, concurrency: 2 },
    play: rollEverything,
  },
];
