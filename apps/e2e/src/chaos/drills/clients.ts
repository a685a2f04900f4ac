import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createBackplane } from '@lockstep/backplane';
import { appendUnderLease, letGo, takeLease, writeUnderLease, type TakenRun } from '@lockstep/database';
import { waitFor } from '@lockstep/testing';
import type { BadClients, BadClientsReport } from '../bad-clients';
import { both, type Drill, type Scene } from '../drill';
import { compare, openFeed, type FeedFollower } from '../feed-follower';
import { share, spread } from '../figures';
import { memoryOf } from '../processes';
import { all, begin } from '../runs';

const healthy = 5;
const stalled = 20;
const flooding = 6;
const eventBytes = 4_000;
const eventsPerTick = 5;
const tickMs = 50;
const calmMs = 6_000;
const stormMs = 20_000;
/** What a lost nudge costs, too; how much less it is depends on the cores that the bad clients leave. */
const mayComeWithinMs = 2_000;
/** A megabyte for each stalled client, and what is under way; without the bound it would be all that they were sent, half a gigabyte. */
const mayGrowMegabytes = 150;
/** So small that what is only garbage goes soon: what is measured is what is held. */
const smallHeap = { NODE_OPTIONS: '--max-old-space-size=96 --max-semi-space-size=4' };

/** Events at a steady pace, as an agent that talks without end would cause them; the drill holds the run's lease. */
async function talk(scene: Scene, { lease }: TakenRun, forMs: number): Promise<number> {
  const { database, databaseUrl, redisUrl, namespace } = scene.stack;
  const backplane = createBackplane({
    databaseUrl,
    ...(redisUrl ? { redisUrl } : {}),
    ...(namespace ? { namespace } : {}),
  });
  await backplane.start();
  const event = { type: 'agent.warning' as const, data: { kind: 'drill', detail: 'x'.repeat(eventBytes) } };
  const events = Array.from({ length: eventsPerTick }, () => event);
  let last = 0;
  try {
    const begun = performance.now();
    for (let tick = 1; performance.now() - begun < forMs; tick++) {
      last = await appendUnderLease(database, lease, events);
      backplane.nudges.publish({ channel: `run:${lease.runId}`, seq: last });
      await new Promise((resolve) => setTimeout(resolve, begun + tick * tickMs - performance.now()));
    }
  } finally {
    await backplane.stop();
  }
  return last;
}

/** The most memory that the process holds until stopped, in megabytes. */
function watchMemory({ child }: { child: ChildProcess }): () => number {
  let most = 0;
  const look = setInterval(() => (most = Math.max(most, memoryOf(child.pid!))), 50);
  return () => (clearInterval(look), most);
}

interface Weather {
  readonly latencies: number[];
  readonly megabytes: number;
  readonly last: number;
}

async function during(
  latencies: number[],
  gateway: { child: ChildProcess },
  work: () => Promise<number>,
): Promise<Weather> {
  latencies.length = 0;
  const stop = watchMemory(gateway);
  const last = await work();
  return { latencies: [...latencies], megabytes: stop(), last };
}

function badClients({ stack }: Scene, runId: string): ChildProcess {
  const options: BadClients = {
    ...{ url: stack.feedUrl, token: stack.token, runId },
    ...{ stalled, channels: 3, pauseMs: 8_000, flooding },
  };
  const main = join(__dirname, '..', '..', '..', 'dist', 'chaos', 'bad-clients.js');
  return fork(main, [JSON.stringify(options)], { env: {}, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function reportOf(child: ChildProcess, last: number): Promise<BadClientsReport> {
  child.send({ last });
  const [report] = (await once(child, 'message', { signal: AbortSignal.timeout(60_000) })) as [BadClientsReport];
  return report;
}

/** Others see everything, in time; the gateway stays small; and who is sent away may come back. */
async function misuse(scene: Scene): Promise<void> {
  const { stack } = scene;
  const gateway = await stack.startGateway({ ...scene.armed(), ...smallHeap });
  const runId = await begin(scene);
  const latencies: number[] = [];
  const followers = Array.from({ length: healthy }, (_, index) =>
    openFeed(scene, runId, `healthy client ${index}`, ({ time }) => latencies.push(Date.now() - Date.parse(time))),
  );
  const spec = { runId, executorId: 'drill', leaseMs: 300_000, stage: 'implementation' } as const;
  const taken = await waitFor(() => takeLease(stack.database, spec), { what: 'the drill to hold the run' });
  const calm = await during(latencies, gateway, () => talk(scene, taken, calmMs));
  const bad = badClients(scene, runId);
  try {
    const storm = await during(latencies, gateway, () => talk(scene, taken, stormMs));
    const report = await reportOf(bad, storm.last);
    expectUnmoved(scene, calm, storm, report);
  } finally {
    bad.kill('SIGKILL');
  }
  await writeUnderLease(stack.database, taken.lease, (tx) =>
    letGo(tx, taken.run, { to: 'queued', action: 'handed_over', waitReason: 'slot' }),
  );
  await stack.startExecutor(scene.armed());
  await all(scene, [runId], 'completed');
  await compare(scene, followers).finally(() => followers.forEach((each: FeedFollower) => each.close()));
}

function expectUnmoved(scene: Scene, calm: Weather, storm: Weather, { codes, missing }: BadClientsReport): void {
  scene.note('an event to a healthy client, alone', spread(calm.latencies));
  scene.note('an event to a healthy client, beside the bad ones', spread(storm.latencies));
  scene.note(
    'memory of the gateway',
    `${Math.round(calm.megabytes)} MB, then ${Math.round(storm.megabytes)} MB at most`,
  );
  for (const [kind, counts] of Object.entries(codes)) scene.note(`connections closed: ${kind}`, JSON.stringify(counts));
  const [before, beside] = [share(calm.latencies, 0.95), share(storm.latencies, 0.95)];
  if (beside > Math.max(mayComeWithinMs, 3 * before))
    throw new Error(`95 of 100 events came within ${beside} ms, and ${before} ms before`);
  if (storm.megabytes - calm.megabytes > mayGrowMegabytes)
    throw new Error(`The gateway grew by ${Math.round(storm.megabytes - calm.megabytes)} MB`);
  if (missing > 0) throw new Error(`${missing} of ${stalled} stalled clients did not get everything in the end`);
  for (const kind of ['stalled', 'pings', 'subscriptions'])
    if (!codes[kind]?.[4429]) throw new Error(`No connection was closed with 4429: ${kind}, ${JSON.stringify(codes)}`);
  if (!codes['garbage']?.[4400]) throw new Error(`Garbage was not refused with 4400: ${JSON.stringify(codes)}`);
}

export const clientDrills: readonly Drill[] = [
  {
    name: 'bad-clients',
    about: `${stalled} clients that do not read, and ${flooding} that flood, beside ${healthy} healthy ones`,
    on: both,
    stack: { executors: 0, concurrency: 1 },
    play: misuse,
  },
];
