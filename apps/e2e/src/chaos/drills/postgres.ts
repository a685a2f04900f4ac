import { setTimeout as delay } from 'node:timers/promises';
import { both, type Drill, type Scene } from '../drill';
import { all, beginMany, keepBusy, someUnderWay } from '../runs';

const slots = 4;
/** How many runs, and how often the server crashes while they are driven; 17 times 7 s are two minutes. */
const long = { runs: 20, times: 17, everyMs: 7_000, awayMs: 1_500 };
const brief = { runs: 3, times: 3, everyMs: 2_500, awayMs: 1_000 };

/** The server crashes without a checkpoint, with runs under way, and comes back a moment later. */
async function restartAgainAndAgain(scene: Scene): Promise<void> {
  const { postgres } = scene.servers;
  const { runs, times, everyMs, awayMs } = scene.short ? brief : long;
  const ids = await beginMany(scene, runs, { steps: 2 });
  const begun = performance.now();
  for (let round = 0; round < times; round++) {
    await delay(everyMs - scene.random.between(0, awayMs));
    await keepBusy(scene, ids, slots, { steps: 2 });
    await someUnderWay(scene);
    await postgres.crash();
    await delay(scene.random.between(0, awayMs));
    await postgres.start();
  }
  await all(scene, ids, 'completed', 400_000);
  scene.note('restarts, each with runs under way', times);
  scene.note('runs', ids.length);
  scene.note('all runs done after', `${Math.round((performance.now() - begun) / 1000)} s`);
}

export const postgresDrills: readonly Drill[] = [
  {
    name: 'postgres-restarted',
    about: 'Postgres crashes every 7 s for two minutes',
    on: both,
    stack: { executors: 2, concurrency: slots / 2 },
    short: true,
    play: restartAgainAndAgain,
  },
];
