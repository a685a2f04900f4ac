import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunStatus } from '@lockstep/contracts';
import { waitFor } from '@lockstep/testing';
import { faultsAtRest, placesOf } from '../oracle';
import { makeRepository } from '../repository';
import { fileStep, planOf } from '../scenario/plans';
import type { Stack } from '../stack';
import type { Scene } from './drill';
import { historyFaults } from './history';
import { environmentOf, isGone } from './processes';

export interface Submitted {
  readonly tag?: string;
  readonly steps?: number;
  /** Absent: each step's file is written as the plan's code says. */
  readonly document?: (tag: string) => string;
}

const projects = new WeakMap<Stack, Promise<string>>();

/** The repository of a scene's runs. */
export const repositoryOf = ({ stack }: Scene): string => join(stack.root, 'repository');

/** One project for all runs of a scene. */
export function projectOf(scene: Scene): Promise<string> {
  const { stack } = scene;
  const known = projects.get(stack) ?? createProject(scene);
  projects.set(stack, known);
  return known;
}

async function createProject(scene: Scene): Promise<string> {
  const repository = repositoryOf(scene);
  if (!existsSync(repository)) makeRepository(repository, { 'readme.md': '# drill\n' });
  return (await scene.stack.client.projects.create({ name: 'drill', repository, settings: {} })).id;
}

/** A plan whose steps write one file each, as the model that follows plans does. */
export const filesPlan = (tag: string, steps: number): string =>
  planOf(
    tag,
    Array.from({ length: steps }, (_, index) => {
      const key = String(index + 1);
      const file = `${tag}/part-${key}.txt`;
      return fileStep(key, { verify: `grep -q good ${file}`, code: { [file]: 'good\n' } });
    }),
  );

let serial = 0;

/** Submits and approves a plan; its run is queued with it. */
export async function begin(scene: Scene, { tag, steps = 3, document }: Submitted = {}): Promise<string> {
  const name = tag ?? `drill${++serial}`;
  const projectId = await projectOf(scene);
  const { client } = scene.stack;
  const plan = await client.plans.submit({ projectId, document: document?.(name) ?? filesPlan(name, steps) });
  return (await client.plans.approve(plan.id)).runId;
}

export async function beginMany(scene: Scene, count: number, submitted: Submitted = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) ids.push(await begin(scene, submitted));
  return ids;
}

const moving: readonly RunStatus[] = ['queued', 'running'];

/** Adds runs to `ids` until as many as told are open, so that a fault hits work. An API that is coming back is asked again. */
export async function keepBusy(scene: Scene, ids: string[], count: number, submitted: Submitted = {}): Promise<void> {
  const { prisma } = scene.stack.database;
  const what = { what: `${count} runs to be open`, timeoutMs: 20_000, everyMs: 100 };
  await waitFor(async () => {
    const open = await prisma.run.count({ where: { status: { in: [...moving] } } });
    if (open < count) ids.push(await begin(scene, submitted));
    return open >= count;
  }, what);
}

/** Waits until a run is under way: what is about to be broken shall not be idle. */
export const someUnderWay = ({ stack }: Scene): Promise<unknown> =>
  waitFor(async () => (await stack.database.prisma.run.count({ where: { status: 'running' } })) > 0, {
    what: 'a run to be under way',
    timeoutMs: 60_000,
    everyMs: 50,
  });

/** Waits until the runs are as told. One that rests otherwise ends the wait at once. */
export async function all(scene: Scene, ids: readonly string[], status: RunStatus, timeoutMs = 240_000): Promise<void> {
  const { prisma } = scene.stack.database;
  const what = `${ids.length} runs to be ${status}`;
  const look = async (): Promise<'so' | 'astray' | false> => {
    const runs = await prisma.run.findMany({ where: { id: { in: [...ids] } }, select: { status: true } });
    if (runs.some((run) => run.status !== status && !moving.includes(run.status))) return 'astray';
    return runs.length === ids.length && runs.every((run) => run.status === status) && 'so';
  };
  const seen = await waitFor(look, { what, timeoutMs, everyMs: 100 }).catch((error: unknown) => String(error));
  if (seen !== 'so')
    throw new Error([`Waited for ${what}: ${seen}`, ...(await unsettled(scene, ids, status))].join('\n'));
}

async function unsettled({ stack }: Scene, ids: readonly string[], status: RunStatus): Promise<string[]> {
  const runs = await stack.database.prisma.run.findMany({ where: { id: { in: [...ids] }, NOT: { status } } });
  const questions = await stack.database.prisma.question.findMany({
    where: { runId: { in: [...ids] }, status: 'open' },
  });
  return [
    ...runs.map((run) => `run ${run.id} is ${run.status} (${run.leaseOwner ?? 'no lease'}): ${run.reason ?? ''}`),
    ...questions.map(({ runId, text }) => `run ${runId} asks: ${text.slice(0, 500)}`),
  ];
}

/** The oracle: nothing may be wrong once everything has come to rest. What the dead left in the queue needs somebody alive to find it. */
export async function rest(scene: Scene, timeoutMs = 30_000): Promise<void> {
  if (scene.stack.executors.every(isGone)) await scene.stack.startExecutor(scene.armed());
  const places = { ...placesOf(scene.stack), abandonedRoots: abandonedRoots(scene.stack) };
  let faults: string[] = [];
  const look = async (): Promise<boolean> => {
    faults = [...(await faultsAtRest(places)), ...(await historyFaults(places.database))];
    return faults.length === 0;
  };
  await waitFor(look, { what: 'everything to be at rest', timeoutMs, everyMs: 250 }).catch((error: unknown) => {
    throw new Error(faults.length > 0 ? `The oracle says:\n${faults.join('\n')}` : String(error));
  });
}

function abandonedRoots({ executors, workspaceRoots }: Stack): string[] {
  const inUse = executors.filter((each) => !isGone(each)).map((each) => environmentOf(each)['WORKSPACE_ROOT']);
  return workspaceRoots.filter((root) => !inUse.includes(root));
}

/** How many runs each executor holds, by its name. */
export async function holdersOf({ stack }: Scene): Promise<Map<string, string[]>> {
  const running = await stack.database.prisma.run.findMany({ where: { status: 'running' } });
  const holders = new Map<string, string[]>();
  for (const { id, leaseOwner } of running)
    if (leaseOwner !== null) holders.set(leaseOwner, [...(holders.get(leaseOwner) ?? []), id]);
  return holders;
}
