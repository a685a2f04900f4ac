import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBackplane } from '@lockstep/backplane';
import type { Database } from '@lockstep/database';
import { waitFor } from '@lockstep/testing';
import { commitsOf } from './repository';
import { placesIn, type Stack } from './stack';

/** Where the oracle looks. Everything is optional that a drill may have destroyed on purpose. */
export interface OraclePlaces {
  readonly database: Database;
  /** Folders that hold `WORKSPACE_ROOT`s, and nothing else's processes work in. */
  readonly workspaceRoots: readonly string[];
  /** Those among them that no living executor looks after: nothing may work there, but old workspaces may lie about. */
  readonly abandonedRoots?: readonly string[];
  readonly queue?: {
    readonly databaseUrl: string;
    readonly redisUrl?: string | undefined;
    readonly namespace?: string | undefined;
  };
}

/**
 * What must hold after any fault, once everything has come to rest (guarantees.md §1). Returns what does not, one sentence each;
 * empty is the only good answer. It reads the database, the repositories and /proc, and asks no process of Lockstep.
 */
export async function faultsAtRest(places: OraclePlaces): Promise<string[]> {
  const { database, workspaceRoots, abandonedRoots = [], queue } = places;
  const lookedAfter = workspaceRoots.filter((root) => !abandonedRoots.includes(root));
  return [
    ...(await unrest(database)),
    ...(await commitFaults(database)),
    ...(await allowanceFaults(database)),
    ...(await sequenceFaults(database)),
    ...(queue ? await queueFaults(queue) : []),
    ...workspaceRoots.flatMap(processFaults),
    ...(await workspaceFaults(database, lookedAfter)),
    ...(await repositoryFaults(database)),
  ];
}

/** Waits until nothing is wrong any more; fails with what is. */
export async function expectRest(stack: Stack): Promise<void> {
  const places = placesOf(stack);
  let faults: string[] = [];
  await waitFor(async () => (faults = await faultsAtRest(places)).length === 0, {
    what: 'everything to be at rest',
    timeoutMs: 20_000,
    everyMs: 250,
  }).catch(() => expect(faults).toEqual([]));
}

const isLookedAfter = ({ executors }: Stack, root: string): boolean =>
  executors.some(({ workspaceRoot, isAlive }) => workspaceRoot === root && isAlive());

export const placesOf = (stack: Stack): OraclePlaces => ({
  database: stack.database,
  workspaceRoots: stack.workspaceRoots,
  abandonedRoots: stack.workspaceRoots.filter((root) => !isLookedAfter(stack, root)),
  queue: { databaseUrl: stack.databaseUrl, redisUrl: stack.redisUrl, namespace: stack.namespace },
});

/** Nothing is under way: no lease, no open attempt, no run that moves. */
async function unrest({ prisma }: Database): Promise<string[]> {
  const runs = await prisma.run.findMany({
    where: { OR: [{ status: { in: ['queued', 'running'] } }, { leaseOwner: { not: null } }] },
  });
  const attempts = await prisma.attempt.findMany({ where: { outcome: null } });
  const dated = await prisma.run.findMany({
    where: { status: { in: ['completed', 'failed', 'cancelled'] }, finishedAt: null },
  });
  return [
    ...runs.map(({ id, status, leaseOwner }) => `run ${id} is ${status}, lease of ${leaseOwner}`),
    ...attempts.map(({ runId, stepKey, number }) => `attempt ${number} of step ${stepKey} in run ${runId} is open`),
    ...dated.map(({ id, status }) => `run ${id} is ${status} and has no end`),
  ];
}

/** Every approved step has exactly one commit, by trailer, or an explained end. */
async function commitFaults({ prisma }: Database): Promise<string[]> {
  const runs = await prisma.run.findMany({ where: { status: 'completed' }, include: { steps: true, project: true } });
  return runs.flatMap((run) => {
    if (!existsSync(run.project.repository)) return [];
    const commits = commitsOf(run.project.repository, run.branch, run.baseSha ?? undefined).filter(
      (commit) => commit.run === run.id,
    );
    const closing = commits.filter(({ step }) => step === null).length;
    return [
      ...(closing === 1 ? [] : [`run ${run.id} has ${closing} closing commits`]),
      ...run.steps.filter(({ isLeaf }) => isLeaf).flatMap((step) => stepFaults(step, commits)),
    ];
  });
}

type StepRow = Awaited<ReturnType<Database['prisma']['step']['findFirstOrThrow']>>;

function stepFaults(step: StepRow, commits: ReturnType<typeof commitsOf>): string[] {
  const own = commits.filter((commit) => commit.step === step.key).map(({ sha }) => sha);
  const name = `step ${step.key} of run ${step.runId}`;
  if (step.status === 'skipped' || (step.status === 'completed' && step.commitSha === null))
    return own.length === 0 ? [] : [`${name} is ${step.status} without a commit and has ${own.length}`];
  if (step.status !== 'completed') return [`${name} is ${step.status} in a completed run`];
  const good = own.length === step.round && own.at(-1) === step.commitSha;
  return good
    ? []
    : [`${name}, round ${step.round}, names ${step.commitSha} and the branch has ${own.join(', ') || 'none'}`];
}

/** No more fix attempts than an allowance holds; an answer opens the next one. */
async function allowanceFaults({ prisma }: Database): Promise<string[]> {
  const attempts = await prisma.attempt.findMany({ orderBy: { number: 'asc' } });
  const answers = await prisma.question.findMany({ where: { status: 'answered' } });
  const runs = new Map(
    (await prisma.run.findMany()).map((run) => [run.id, run.settings as { maxFixAttempts?: number }]),
  );
  const spent = new Map<string, number>();
  for (const { runId, stepKey, startedAt, isFix } of attempts) {
    if (!isFix) continue;
    const opened = answers.filter(
      (each) => each.runId === runId && each.stepKey === stepKey && each.answeredAt! < startedAt,
    );
    const allowance = `${runId} ${stepKey} ${opened.length}`;
    spent.set(allowance, (spent.get(allowance) ?? 0) + 1);
  }
  return [...spent]
    .filter(([allowance, count]) => count > (runs.get(allowance.split(' ')[0]!)?.maxFixAttempts ?? 3))
    .map(([allowance, count]) => `${count} fix attempts in the allowance ${allowance}`);
}

/** `seq` is dense from 1 in every stream, and the run's row knows the last one. */
async function sequenceFaults({ prisma }: Database): Promise<string[]> {
  const streams = await prisma.event.groupBy({
    by: ['streamId'],
    _min: { seq: true },
    _max: { seq: true },
    _count: { seq: true },
  });
  const known = new Map((await prisma.run.findMany()).map(({ id, eventSeq }) => [id, eventSeq]));
  return streams.flatMap(({ streamId, _min, _max, _count }) => [
    ...(_min.seq === 1 && _max.seq === _count.seq
      ? []
      : [`stream ${streamId} has ${_count.seq} events from ${_min.seq} to ${_max.seq}`]),
    ...(known.has(streamId) && known.get(streamId) !== _max.seq
      ? [`run ${streamId} counts ${known.get(streamId)} events and has ${_max.seq}`]
      : []),
  ]);
}

async function queueFaults({
  databaseUrl,
  redisUrl,
  namespace,
}: NonNullable<OraclePlaces['queue']>): Promise<string[]> {
  const backplane = createBackplane({
    databaseUrl,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    ...(namespace === undefined ? {} : { namespace }),
  });
  await backplane.start();
  try {
    const { waiting, active } = await backplane.admin.counts();
    return waiting + active === 0 ? [] : [`the queue holds ${waiting} waiting and ${active} active jobs`];
  } finally {
    await backplane.stop();
  }
}

/** Processes that work in a workspace, and mounts in one. */
function processFaults(root: string): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`${root}/`));
  return [
    ...workersIn(root).map(({ pid, name }) => `process ${pid} (${name}) still works in ${root}`),
    ...mounts.map((line) => `mounted: ${line}`),
  ];
}

/** Live processes whose environment names a run's folder: all of what an agent or a check starts has its HOME there. */
export function workersIn(root: string, runId = ''): { pid: number; name: string }[] {
  const folders = placesIn(root).map((place) => `${place}/runs/${runId}`);
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const environment = readFileSync(`/proc/${entry}/environ`, 'latin1');
        if (!folders.some((folder) => environment.includes(folder))) return [];
        return [{ pid: Number(entry), name: readFileSync(`/proc/${entry}/comm`, 'utf8').trim() }];
      } catch {
        return [];
      }
    });
}

/** The workspaces of ended runs are gone, and nothing lies about that is no run's. */
async function workspaceFaults({ prisma }: Database, roots: readonly string[]): Promise<string[]> {
  const ended = new Set(
    (await prisma.run.findMany({ where: { status: { in: ['completed', 'cancelled'] } } })).map(({ id }) => id),
  );
  return roots.flatMap(placesIn).flatMap((place) => {
    const folder = join(place, 'runs');
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((id) => ended.has(id))
          .map((id) => `the workspace of the ended run ${id} is still in ${place}`)
      : [];
  });
}

async function repositoryFaults({ prisma }: Database): Promise<string[]> {
  const repositories = [...new Set((await prisma.project.findMany()).map(({ repository }) => repository))];
  return repositories.filter(existsSync).flatMap((repository) => {
    try {
      const said = execFileSync('git', ['fsck', '--full', '--no-dangling', '--no-progress'], {
        cwd: repository,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return said.trim() === '' ? [] : [`git fsck of ${repository}: ${said}`];
    } catch (error) {
      return [`git fsck of ${repository}: ${String(error)}`];
    }
  });
}
