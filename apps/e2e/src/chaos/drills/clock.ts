import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@lockstep/testing';
import { commitsOf, git } from '../../repository';
import { always, easy, turnOf } from '../../scenario/model';
import { fileStep, planOf } from '../../scenario/plans';
import { both, productionTimes, type Drill, type Scene } from '../drill';
import { says } from '../processes';
import { all, begin, repositoryOf } from '../runs';

const preload = join(__dirname, '..', '..', '..', 'dist', 'chaos', 'clock-jumps.js');
/** What the executor's own clock may not have had a say in. */
const leewayMs = 60_000;

const documentOf = (steps: number) => (tag: string) =>
  planOf(
    tag,
    Array.from({ length: steps }, (_, index) => fileStep(`${index + 1}`)),
  );

/** Refusals and work on an executor whose clock is an hour ahead, an hour behind, an hour ahead. */
async function jump(scene: Scene): Promise<void> {
  const { stack } = scene;
  const begun = Date.now();
  const executor = await stack.startExecutor({ NODE_OPTIONS: `--require ${preload}` });
  const ids = [
    await begin(scene, { tag: 'refused', document: documentOf(1) }),
    await begin(scene, { tag: 'told', document: documentOf(1) }),
    await begin(scene, { tag: 'plain', document: documentOf(4) }),
  ];
  const { prisma } = stack.database;
  const { signal, abort } = stopper();
  const jumping = (async () => {
    for (let times = 0; !signal.aborted; times++) {
      executor.child.kill('SIGUSR2');
      await delay(1_500, undefined, { signal }).catch(() => undefined);
      scene.note('jumps', times + 1);
    }
  })();
  await says(executor, 'the clock jumps by 3600000 ms');
  await waitFor(async () => (await prisma.attempt.count({ where: { outcome: 'rate_limited' } })) >= 2, {
    what: 'the provider to have refused twice',
    timeoutMs: 60_000,
  });
  await all(scene, ids, 'completed', 90_000).finally(abort);
  await jumping;
  await expectNoTrace(scene, begun);
}

function stopper(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

/** No lease was lost, no refused run came back at once, and no time that is kept is off. */
async function expectNoTrace(scene: Scene, begun: number): Promise<void> {
  const { prisma } = scene.stack.database;
  const lost = await prisma.event.count({ where: { type: 'attempt.lost' } });
  if (lost > 0) throw new Error(`${lost} attempts were lost to a clock`);
  const refusals = await prisma.attempt.count({ where: { outcome: 'rate_limited' } });
  if (refusals > 2) throw new Error(`The provider was asked again too soon: ${refusals} refusals`);
  for (const run of await prisma.run.findMany()) {
    const commits = commitsOf(repositoryOf(scene), run.branch, run.baseSha ?? undefined);
    for (const { sha } of commits) {
      const at = Number(git(repositoryOf(scene), 'show', '-s', '--format=%ct', sha)) * 1_000;
      if (at < begun - leewayMs || at > Date.now() + leewayMs)
        throw new Error(`Commit ${sha} is dated ${new Date(at)}`);
    }
    const end = await prisma.event.findFirstOrThrow({
      where: { streamId: run.id, type: 'execution.status' },
      orderBy: { seq: 'desc' },
    });
    const { durationMs = 0 } = (end.data as { summary?: { durationMs?: number } }).summary ?? {};
    if (durationMs <= 0 || durationMs > Date.now() - begun)
      throw new Error(`Run ${run.id} is said to have taken ${durationMs} ms`);
  }
}

const refusedOnce = (tag: string, fault: object) => [
  { ...turnOf('1', 'step', { fault: '429', times: 1, ...fault }), match: { contains: `${tag} part`, kind: 'step' } },
];

export const clockDrills: readonly Drill[] = [
  {
    name: 'clock',
    about:
      'the clock of an executor jumps by an hour, back and forth, while it drives runs and is refused by the provider',
    on: both,
    stack: {
      executors: 0,
      concurrency: 3,
      env: { ...productionTimes, LOCKSTEP_PROVIDER_WAIT_MS: '3000' },
      script: {
        turns: [
          ...refusedOnce('refused', {}),
          ...refusedOnce('told', { retryAfter: 3 }),
          ...['1', '2', '3', '4'].map((key) => always(key, { delayMs: 500 }, ...easy(key).blocks)),
        ],
      },
    },
    play: jump,
  },
];
