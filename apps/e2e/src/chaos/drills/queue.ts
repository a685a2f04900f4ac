import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@lockstep/testing';
import { both, type Drill, type Scene } from '../drill';
import { spread } from '../figures';
import { isGone, kill } from '../processes';
import { all, beginMany, filesPlan, projectOf, someUnderWay } from '../runs';
import { startBreakableRedis, type BreakableRedis } from '../servers/redis';

const answersWithinMs = 1_000;

function redisOf({ servers }: Scene): BreakableRedis {
  if (!servers.redis) throw new Error('this drill needs a Redis');
  return servers.redis;
}

interface Meanwhile {
  readonly ids: readonly string[];
  readonly slowestMs: number;
}

/** Within a second; on a machine that is too busy for that anyway, not slower than before the fault. */
function expectQuick({ slowestMs }: Meanwhile, before?: Meanwhile): void {
  if (slowestMs > Math.max(answersWithinMs, 2 * (before?.slowestMs ?? 0)))
    throw new Error(`The API took ${slowestMs} ms while the queue was away, ${before?.slowestMs ?? '-'} ms before`);
}

/** Approves while the queue cannot be told; people must not have to wait for it. */
async function beginMeanwhile(scene: Scene, count: number, when = 'meanwhile', steps = 1): Promise<Meanwhile> {
  const projectId = await projectOf(scene);
  const { plans } = scene.stack.client;
  const times: number[] = [];
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const { id } = await plans.submit({ projectId, document: filesPlan(`${when}${index}`, steps) });
    const begun = performance.now();
    ids.push((await plans.approve(id)).runId);
    times.push(performance.now() - begun);
  }
  scene.note(`an approval ${when}`, spread(times));
  return { ids, slowestMs: Math.max(...times) };
}

/** Runs that are under way when the fault strikes, and for some seconds more. */
async function beginBefore(scene: Scene): Promise<Meanwhile> {
  const before = await beginMeanwhile(scene, 2, 'before', scene.short ? 4 : 12);
  await someUnderWay(scene);
  return before;
}

/** Every job is gone: the ones that wait and the ones that are active. */
async function emptyQueue(scene: Scene): Promise<void> {
  if (scene.kind === 'redis') await redisOf(scene).command('FLUSHALL');
  else await scene.servers.postgres.query(scene.stack.databaseUrl, 'TRUNCATE lockstep_queue.job CASCADE');
}

async function flush(scene: Scene): Promise<void> {
  const ids = await beginMany(scene, scene.short ? 5 : 20, { steps: 2 });
  const done = () => scene.stack.database.prisma.run.count({ where: { status: 'completed' } });
  await someUnderWay(scene);
  await emptyQueue(scene);
  if (!scene.short) {
    await waitFor(async () => (await done()) >= 6, { what: 'six runs to be done', timeoutMs: 120_000, everyMs: 100 });
    await emptyQueue(scene);
  }
  const begun = performance.now();
  await all(scene, ids, 'completed', 300_000);
  scene.note('runs', ids.length);
  scene.note('from the last emptying to the last run', `${Math.round((performance.now() - begun) / 1000)} s`);
}

async function killRedis(scene: Scene): Promise<void> {
  const redis = redisOf(scene);
  const before = await beginBefore(scene);
  await redis.kill();
  const meanwhile = await beginMeanwhile(scene, 2);
  await delay(scene.short ? 1_000 : 20_000);
  await redis.start();
  const begun = performance.now();
  await waitFor(
    async () =>
      (await scene.stack.database.prisma.run.count({ where: { id: { in: [...meanwhile.ids] }, status: 'queued' } })) <
      2,
    { what: 'work to go on', timeoutMs: 60_000 },
  );
  scene.note('from Redis’ return to the next start', `${Math.round(performance.now() - begun)} ms`);
  await all(scene, [...before.ids, ...meanwhile.ids], 'completed', 120_000);
  expectQuick(meanwhile, before);
}

async function hangRedis(scene: Scene): Promise<void> {
  const redis = redisOf(scene);
  const before = await beginBefore(scene);
  redis.hang();
  const meanwhile = await beginMeanwhile(scene, 2);
  const calls = await callMeanwhile(scene, 30_000);
  redis.unhang();
  await all(scene, [...before.ids, ...meanwhile.ids], 'completed', 120_000);
  expectQuick(meanwhile, before);
  expectQuick({ ids: [], slowestMs: Math.max(...calls) }, before);
}

/** What else changes a state: a plan is submitted, approved, and its run cancelled, again and again. Gives the time of each call. */
async function callMeanwhile(scene: Scene, forMs: number): Promise<number[]> {
  const { plans, runs } = scene.stack.client;
  const projectId = await projectOf(scene);
  const times: number[] = [];
  const timed = async <T>(call: Promise<T>): Promise<T> => {
    const begun = performance.now();
    return call.finally(() => times.push(performance.now() - begun));
  };
  const until = performance.now() + forMs;
  for (let index = 0; performance.now() < until; index++) {
    const { id } = await timed(plans.submit({ projectId, document: filesPlan(`spare${index}`, 1) }));
    const { runId } = await timed(plans.approve(id));
    await timed(runs.cancel(runId));
    await delay(2_000);
  }
  scene.note('other calls that change a state', spread(times));
  return times;
}

/** Services start while Redis is down: the API opens and accepts, the executor waits, and nobody loops. */
async function bootWithoutRedis(scene: Scene): Promise<void> {
  const { stack } = scene;
  const redis = redisOf(scene);
  await redis.kill();
  await Promise.all([...stack.executors.map(kill), scene.api.end()]);
  scene.api = await stack.startApi(scene.armed());
  const meanwhile = await beginMeanwhile(scene, 2);
  const executor = stack.startExecutor(scene.armed());
  await delay(2_000);
  await redis.start();
  if (isGone(await executor)) throw new Error('the executor gave up');
  await all(scene, meanwhile.ids, 'completed', 120_000);
  expectQuick(meanwhile);
}

/** Full, and configured to refuse rather than to forget. */
async function fillRedis(scene: Scene): Promise<void> {
  const redis = redisOf(scene);
  const before = await beginBefore(scene);
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  const meanwhile = await beginMeanwhile(scene, 2);
  await delay(5_000);
  const [log = ''] = scene.stack.executors.map((each) => each.log());
  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  await all(scene, [...before.ids, ...meanwhile.ids], 'completed', 120_000);
  expectQuick(meanwhile, before);
  const lines = log.split('\n').length;
  scene.note('log lines of an executor while Redis is full', lines);
  if (lines > 2_000) throw new Error(`the executor wrote ${lines} log lines: a tight loop`);
}

/** A server that would drop jobs when it is full is refused at the start. */
async function refuseEviction(scene: Scene): Promise<void> {
  const evicting = await startBreakableRedis('allkeys-lru');
  try {
    for (const start of [scene.stack.startExecutor, scene.stack.startApi]) {
      const refused = await start({ REDIS_URL: evicting.url, PORT: '0' }).then(
        async (service) => service.end().then(() => 'it started'),
        (error: unknown) => String(error),
      );
      if (!/noeviction/.test(refused)) throw new Error(`An evicting Redis was not refused: ${refused.slice(0, 500)}`);
    }
  } finally {
    await evicting.stop();
  }
}

const stack = { executors: 2, concurrency: 2 };

export const queueDrills: readonly Drill[] = [
  { name: 'queue-emptied', about: 'FLUSHALL in the middle of 20 runs', on: both, stack, short: true, play: flush },
  {
    name: 'redis-killed',
    about: 'Redis loses everything and is away',
    on: ['redis'],
    stack,
    short: true,
    play: killRedis,
  },
  {
    name: 'redis-hung',
    about: 'Redis takes commands and answers none for 30 s',
    on: ['redis'],
    stack,
    play: hangRedis,
  },
  {
    name: 'redis-down-at-boot',
    about: 'every service starts without Redis',
    on: ['redis'],
    stack: { ...stack, executors: 1 },
    play: bootWithoutRedis,
  },
  { name: 'redis-full', about: 'Redis refuses every write for 5 s', on: ['redis'], stack, play: fillRedis },
  {
    name: 'redis-evicting',
    about: 'a Redis that may drop jobs',
    on: ['redis'],
    stack: { ...stack, executors: 0 },
    play: refuseEviction,
  },
];
