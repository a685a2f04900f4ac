import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, baselineOf, durations, told, type Line } from '../report/line';
import { median, p95 } from '../report/samples';
import { bareMarkerPath } from '../world/bare-path';
import { openFeed } from '../world/feed-client';
import { loadPlan } from '../world/plans';
import { makeRepository } from '../world/repository';
import { launch, newProject, untilRest } from '../world/runs';
import type { Stack } from '../world/stack';
import type { StackMeasure } from './measure';

/**
 * From the scripted agent's write of a marker to its stdout, to a feed client's `onmessage`: parsed, stored, nudged, read by the gateway
 * and sent. Both ends stamp with the machine's monotonic clock.
 */
export const markerToClient: StackMeasure = {
  name: 'marker-to-client',
  needs: 'scripted',
  run: async ({ stack, quick }) => {
    const projectId = await newProject(stack, makeRepository(join(stack.root, 'markers'), 3));
    const slow = { markers: quick ? 100 : 200, perSecond: 50, rounds: quick ? 1 : 3 };
    const fast = { markers: quick ? 1000 : 3000, perSecond: 1000, rounds: quick ? 1 : 3 };
    const [ours, bare] = await rounds(stack, projectId, slow);
    const [oursFast, bareFast] = await rounds(stack, projectId, fast);
    return [calm(stack, ours, bare), busy(stack, oursFast, bareFast)];
  },
};

interface Pace {
  readonly markers: number;
  readonly perSecond: number;
  readonly rounds: number;
}

async function rounds(stack: Stack, projectId: string, pace: Pace): Promise<[number[], number[]]> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < pace.rounds; round += 1) {
    ours.push(...(await followedRun(stack, projectId, pace)));
    bare.push(...(await bareMarkerPath(stack, pace.markers, pace.perSecond)));
  }
  return [ours, bare];
}

/** The first twentieth is a warm-up: statements are parsed, code is compiled. */
async function followedRun(stack: Stack, projectId: string, { markers, perSecond }: Pace): Promise<number[]> {
  const runId = await launch(stack, projectId, loadPlan('Markers', [{ markers, perSecond, file: '' }]));
  const delays: number[] = [];
  let expected = 1;
  const feed = await openFeed(stack, `run:${runId}`, (frame, at) => {
    if (frame.type !== 'event') return;
    if (frame.event.seq !== expected) throw new Error(`event ${frame.event.seq} came where ${expected} was due`);
    expected += 1;
    const stamp = /^at (\d+)$/.exec(String((frame.event.data as { message?: string }).message ?? ''))?.[1];
    if (stamp) delays.push(Number(at - BigInt(stamp)) / 1e6);
  });
  try {
    await untilRest(stack, runId);
    for (let tries = 0; delays.length < markers && tries < 300; tries += 1) await pause(10);
  } finally {
    await feed.close();
  }
  if (delays.length !== markers) throw new Error(`${delays.length} of ${markers} markers reached the client`);
  return delays.slice(Math.ceil(markers / 20));
}

const what = "from the agent's write to a feed client's onmessage, stored first";
const base = (bare: readonly number[]): Line['baseline'] =>
  baselineOf('pipe → INSERT → publish → SELECT → ws, p50', bare);

const calm = ({ backplane }: Stack, ours: readonly number[], bare: readonly number[]): Line => ({
  measure: 'marker-to-client',
  quantity: `${what}; 50 markers/s`,
  backplane,
  samples: ours.length,
  checks: [
    ...durations(ours, { p50: 3, p95: 10 }),
    told('against the bare path, p50', median(ours) / median(bare), '×'),
  ],
  baseline: base(bare),
});

const busy = ({ backplane }: Stack, ours: readonly number[], bare: readonly number[]): Line => ({
  measure: 'marker-to-client',
  quantity: `${what}; 1,000 markers/s of one run`,
  backplane,
  samples: ours.length,
  checks: [told('p50', median(ours), 'ms'), atMost('p95', p95(ours), 50, 'ms')],
  baseline: base(bare),
});
