import { waitFor } from '@lockstep/testing';
import { both, type Drill, type Scene } from '../drill';
import { kill } from '../processes';
import { all, beginMany, someUnderWay } from '../runs';
import { compare, openFeed } from '../feed-follower';

async function cutListeners(scene: Scene): Promise<void> {
  if (scene.kind === 'redis') await scene.servers.redis!.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
  else
    await scene.servers.postgres.query(
      scene.stack.databaseUrl,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%nudge%'`,
    );
}

const resting = ['completed', 'failed', 'blocked', 'cancelled'];

/** Until the runs rest, the connections that bring nudges are cut again and again. */
async function cutAgainAndAgain(scene: Scene): Promise<void> {
  const ids = await beginMany(scene, scene.short ? 2 : 6);
  const followers = ids.map((id) => openFeed(scene, id, 'a plain follower'));
  let cuts = 0;
  const rested = async (): Promise<boolean> =>
    (await scene.stack.database.prisma.run.count({ where: { id: { in: ids }, status: { in: resting as never } } })) ===
    ids.length;
  await waitFor(async () => (await cutListeners(scene), (cuts += 1), rested()), {
    what: 'the runs to rest',
    timeoutMs: 240_000,
    everyMs: 300,
  });
  scene.note('cuts', cuts);
  await all(scene, ids, 'completed');
  await compare(scene, followers).finally(() => followers.forEach((each) => each.close()));
}

/** Many clients lose their gateway, twice; they come back with their cursors. */
async function killGateway(scene: Scene): Promise<void> {
  const { stack } = scene;
  let gateway = await stack.startGateway(scene.armed());
  // Long enough that they are under way when the gateway dies the second time.
  const ids = await beginMany(scene, 3, { steps: 12 });
  const followers = Array.from({ length: scene.short ? 20 : 100 }, (_, index) =>
    openFeed(scene, ids[index % ids.length]!, `client ${index}`),
  );
  for (let times = 0; times < 2; times++) {
    await waitFor(() => followers.filter(({ seen }) => seen.length > 0).length >= followers.length / 2, {
      what: 'clients to see events',
      timeoutMs: 30_000,
    });
    await someUnderWay(scene);
    await kill(gateway);
    gateway = await stack.startGateway(scene.armed());
  }
  await all(scene, ids, 'completed');
  scene.note('clients', followers.length);
  await compare(scene, followers).finally(() => followers.forEach((each) => each.close()));
}

const stack = { executors: 1, concurrency: 3 };

export const feedDrills: readonly Drill[] = [
  {
    name: 'listeners-cut',
    about: 'the connections that bring nudges are cut several times a second',
    on: both,
    stack: { ...stack, gateway: true },
    short: true,
    play: cutAgainAndAgain,
  },
  {
    name: 'gateway-killed',
    about: 'kill -9 of the gateway with many clients',
    on: both,
    stack,
    play: killGateway,
  },
];
