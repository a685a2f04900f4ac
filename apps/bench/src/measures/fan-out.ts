import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createBackplane, type Backplane } from '@lockstep/backplane';
import { feedSubprotocol, type NewEvent } from '@lockstep/contracts';
import { appendRunEvents } from '@lockstep/database';
import { cpuSeconds, startCrowd, startProgram, type Crowd } from '../fan-out/crowd';
import { atLeast, told, type Line } from '../report/line';
import { median } from '../report/samples';
import { loadPlan } from '../world/plans';
import { makeRepository } from '../world/repository';
import { launch, newProject, untilRest } from '../world/runs';
import type { Stack } from '../world/stack';
import type { StackMeasure } from './measure';

const clients = 500;
const frameBytes = 350;

/** Frames per second of the server's own processor time, so that the clients' share of this machine doesn't count. */
export const fanOut: StackMeasure = {
  name: 'fan-out',
  needs: 'scripted',
  run: async ({ stack, quick }) => {
    // How a nudge comes matters little here; a quick run looks once.
    if (quick && stack.backplane === 'redis') return [];
    const [plainRounds, burstRounds] = quick ? [100, 10] : [400, 40];
    const projectId = await newProject(stack, makeRepository(join(stack.root, 'crowd'), 3), { setup: ['exit 1'] });
    const runId = await launch(stack, projectId, loadPlan('Crowd', [{ markers: 0, perSecond: 1, file: '' }]));
    await untilRest(stack, runId, 'blocked');
    const bare = [await bareRate(plainRounds)];
    const ours = await gatewayRates(stack, runId, plainRounds, burstRounds);
    bare.push(await bareRate(plainRounds));
    return [lineOf(stack, ours, bare)];
  },
};

async function bareRate(rounds: number): Promise<number> {
  const server = await startProgram('bare');
  const port = Number(/listening (\d+)/.exec(server.log())?.[1]);
  const crowd = await startCrowd({ port, path: '/', headers: {}, clients, hello: null });
  try {
    return await rateOf(
      server.pid,
      crowd,
      rounds,
      1,
      async () => void server.process.stdin?.write(`1 ${frameBytes}\n`),
    );
  } finally {
    await crowd.end();
    await server.end();
  }
}

async function rateOf(
  pid: number,
  crowd: Crowd,
  rounds: number,
  perRound: number,
  send: () => Promise<void>,
): Promise<number> {
  const before = await crowd.received();
  const cpu = cpuSeconds(pid);
  for (let round = 1; round <= rounds; round += 1) {
    await send();
    if (perRound > 1 || round % 10 === 0) await crowd.until(before + round * perRound * clients);
    else await pause(2);
  }
  await crowd.until(before + rounds * perRound * clients);
  return (rounds * perRound * clients) / (cpuSeconds(pid) - cpu);
}

interface Rates {
  readonly plain: number;
  readonly coalesced: number;
}

async function gatewayRates(stack: Stack, runId: string, plainRounds: number, burstRounds: number): Promise<Rates> {
  const url = new URL(stack.feedUrl);
  const crowd = await startCrowd({
    port: Number(url.port),
    path: url.pathname,
    headers: { authorization: `Bearer ${stack.token}`, 'Sec-WebSocket-Protocol': feedSubprotocol },
    clients,
    hello: JSON.stringify({ type: 'subscribe', id: '1', channel: `run:${runId}`, since: { seq: 0 } }),
  });
  const backplane = createBackplane({
    databaseUrl: stack.databaseUrl,
    namespace: stack.namespace,
    ...(stack.redisUrl === null ? {} : { redisUrl: stack.redisUrl }),
  });
  await backplane.start();
  try {
    // hello, authenticated, subscribed, and what has happened so far
    const past = await stack.database.prisma.event.count({ where: { runId } });
    await crowd.until((3 + past) * clients);
    await pause(300);
    const send = (events: number) => () => appendAndNudge(stack, backplane, runId, events);
    const plain = await rateOf(stack.gatewayPid, crowd, plainRounds, 1, send(1));
    const coalesced = await rateOf(stack.gatewayPid, crowd, burstRounds, 100, send(100));
    return { plain, coalesced };
  } finally {
    await backplane.stop();
    await crowd.end();
  }
}

/** An envelope takes some 420 bytes without its data, so the events are a little larger than the bare frames. */
const event: NewEvent = { type: 'agent.warning', data: { kind: 'bench', detail: 'x' } };

async function appendAndNudge({ database }: Stack, { nudges }: Backplane, runId: string, count: number): Promise<void> {
  const seq = await database.transaction((tx) =>
    appendRunEvents(
      tx,
      runId,
      Array.from({ length: count }, () => event),
    ),
  );
  nudges.publish({ channel: `run:${runId}`, seq });
}

const lineOf = ({ backplane }: Stack, ours: Rates, bare: readonly number[]): Line => ({
  measure: 'fan-out',
  quantity: `frames per second of server processor time, ${clients} clients`,
  backplane,
  samples: 1,
  checks: [
    told('one event at a time', ours.plain, 'frames/s'),
    atLeast('against bare ws', ours.plain / median(bare), 1, '×'),
    told('100 events at a time', ours.coalesced, 'frames/s'),
    atLeast('coalesced, against bare ws', ours.coalesced / median(bare), 4, '×'),
  ],
  baseline: { what: `bare ws, ${frameBytes} B`, value: median(bare), unit: 'frames/s' },
});
