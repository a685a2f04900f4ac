import { setTimeout as delay } from 'node:timers/promises';
import { both, type Drill, type Scene } from '../drill';
import { all, beginMany } from '../runs';

const everyMs = 7_000;

/** The server crashes without a checkpoint, and comes back a moment later. */
async function restartAgainAndAgain(scene: Scene): Promise<void> {
  const { postgres } = scene.servers;
  const ids = await beginMany(scene, scene.short ? 3 : 20, { steps: 2 });
  const times = scene.short ? 3 : Math.floor(120_000 / everyMs);
  const begun = performance.now();
  for (let round = 0; round < times; round++) {
    await delay(everyMs - scene.random.between(0, 1_500));
    await postgres.crash();
    await delay(scene.random.between(0, 1_500));
    await postgres.start();
  }
  await all(scene, ids, 'completed', 400_000);
  scene.note('restarts', times);
  scene.note('runs', ids.length);
  scene.note('all runs done after', `${Math.round((performance.now() - begun) / 1000)} s`);
}

export const postgresDrills: readonly Drill[] = [
  {
    name: 'postgres-restarted',
    about: 'Postgres crashes every 7 s for two minutes',
    on: both,
    stack: { executors: 2, concurrency: 2 },
    short: true,
    play: restartAgainAndAgain,
  },
];
