import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePruned } from '@lockstep/domain';
import {
  appendOutput,
  appendRunEvents,
  cancelRun,
  claimPruning,
  findRun,
  keepSnapshot,
  keepTranscript,
  keptRuns,
  letGo,
  outputEnd,
  projectUsageOf,
  pruneRun,
  pruneWorkspace,
  readEvents,
  readKeptEvents,
  readOutput,
  readSnapshots,
  readTranscript,
  resumeRun,
  storedKinds,
  takeLease,
  writeUnderLease,
} from './index';
import { directoryBlobs, rowBlobs as blobs } from './blobs';
import { seedRun, testDatabase, type Seeded, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

const unlimited = { days: null, bytes: null };
const limits = { workspaces: unlimited, output: unlimited, snapshots: unlimited, events: unlimited };
const sessionId = randomUUID();
const sha = (letter: string) => letter.repeat(40);
const run = ({ teamId, runId }: Seeded) => findRun(test.database, teamId, runId);

/** A run that an executor drove, with something of everything, and how it was let go of. */
async function driven(to: 'failed' | 'completed' | 'blocked', of?: Seeded): Promise<Seeded> {
  const seeded = of ?? (await seedRun(test.database));
  const { runId } = seeded;
  const taken = await takeLease(test.database, { runId, executorId: 'a', leaseMs: 10_000, stage: 'implementation' });
  const lease = taken!.lease;
  await appendOutput(test.database, lease, { offset: 0, stream: 'agent', text: 'hello ' });
  await appendOutput(test.database, lease, { offset: 6, stream: 'agent', text: 'world' });
  await writeUnderLease(test.database, lease, async (tx) => {
    const shas = {
      fromSha: sha('a'),
      headSha: sha('b'),
      bundle: await blobs.put(runId, Buffer.alloc(5000, 1)),
      wipSha: null,
      wipBundle: null,
    };
    await keepSnapshot(tx, runId, { kind: 'step', ...shas });
    const content = await blobs.put(runId, Buffer.from('said'));
    await keepTranscript(tx, runId, { sessionId, offset: 0, content, sha256: 'of it', replaces: false });
    const wait = to === 'blocked' ? { waitReason: 'question' as const } : {};
    await letGo(tx, { id: runId, stage: 'implementation' }, { to, action: 'test', reason: 'for the test', ...wait });
  });
  return seeded;
}

/** A run of the same plan that comes after another one. */
async function successor({ runId }: Seeded): Promise<string> {
  const { id: _id, ...row } = await test.database.prisma.run.findUniqueOrThrow({ where: { id: runId } });
  const { teamId, projectId, planId, branch } = row;
  const made = await test.database.prisma.run.create({
    data: {
      teamId,
      projectId,
      planId,
      branch: `${branch}-${randomUUID()}`,
      settings: {},
      waitReason: 'predecessor',
      afterRunId: runId,
    },
  });
  return made.id;
}

/** Until a transaction of this database waits for a lock. */
async function untilSomebodyWaits(): Promise<void> {
  const waiting = (): Promise<unknown[]> =>
    test.database.prisma
      .$queryRaw`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await waiting()).length === 0);
}

describe('what is kept of runs', () => {
  it.each(storedKinds)('%s are told with their size, and whether they are needed', async (kind) => {
    const ended = await driven('failed');
    const [kept, ...others] = await keptRuns(test.database, kind, ended.projectId, true);
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ runId: ended.runId, isNeeded: false, isDelivered: false, endedAt: expect.any(Date) });
    expect(kept!.bytes).toBeGreaterThan(kind === 'snapshots' ? 100 : 80);
    expect((await keptRuns(test.database, kind, ended.projectId, false))[0]!.bytes).toBe(0);
  });

  it('is needed as long as a run that is under way comes after it, through others that have ended', async () => {
    const first = await driven('failed');
    const second = await successor(first);
    const third = await successor({ ...first, runId: second });
    const needed = async () => (await keptRuns(test.database, 'snapshots', first.projectId, false))[0]!.isNeeded;
    await cancelRun(test.database, { teamId: first.teamId, by: 'ada' }, second);
    expect(await needed()).toBe(true);
    expect(await pruneRun(test.database, 'snapshots', { runId: first.runId, reason: 'age', blobs })).toBe(0);
    await cancelRun(test.database, { teamId: first.teamId, by: 'ada' }, third);
    expect(await needed()).toBe(false);
    expect(await pruneRun(test.database, 'snapshots', { runId: first.runId, reason: 'age', blobs })).toBeGreaterThan(0);
  });
});

describe('removing', () => {
  it('leaves a run that another one is made to come after while its lock is waited for', async () => {
    const ended = await driven('failed');
    let isHeld = (): void => undefined;
    let letGoOfIt = (): void => undefined;
    const held = new Promise<void>((resolve) => (isHeld = resolve));
    const approving = test.database.transaction(async (tx) => {
      await tx.query('predecessor', [ended.teamId, ended.projectId, ended.runId]);
      isHeld();
      await new Promise<void>((resolve) => (letGoOfIt = resolve));
    });
    await held;
    const pruning = pruneRun(test.database, 'snapshots', { runId: ended.runId, reason: 'age', blobs });
    await untilSomebodyWaits();
    await successor(ended);
    letGoOfIt();
    await approving;
    expect(await pruning).toBe(0);
    expect(await readSnapshots(test.database, ended.runId)).toHaveLength(1);
  });

  it.each(storedKinds)('touches no %s of a run that is under way, whatever was chosen', async (kind) => {
    const blocked = await driven('blocked');
    expect(await pruneRun(test.database, kind, { runId: blocked.runId, reason: 'quota', blobs })).toBe(0);
    expect(await readSnapshots(test.database, blocked.runId)).toHaveLength(1);
    expect(await readOutput(test.database, blocked.runId, 0)).toHaveLength(2);
    expect((await readEvents(test.database, blocked.runId, 0)).length).toBe((await run(blocked)).seq);
  });

  it('events leaves a floor, and who asks for what lies below hears of it', async () => {
    const ended = await driven('completed');
    const { seq } = await run(ended);
    expect((await readKeptEvents(test.database, ended.runId, 0)).length).toBe(seq);
    await pruneRun(test.database, 'events', { runId: ended.runId, reason: 'age', blobs });
    expect(await run(ended)).toMatchObject({ seq, prunedSeq: seq });
    await expect(readKeptEvents(test.database, ended.runId, 0)).rejects.toMatchObject({ code: 'pruned' });
    expect(await readKeptEvents(test.database, ended.runId, seq)).toEqual([]);
    const warning = { type: 'agent.warning', data: { kind: 'later', detail: '' } } as const;
    await test.database.transaction((tx) => appendRunEvents(tx, ended.runId, [warning]));
    expect(await readKeptEvents(test.database, ended.runId, seq)).toMatchObject([{ seq: seq + 1 }]);
  });

  it('output leaves its end where it was', async () => {
    const ended = await driven('failed');
    await pruneRun(test.database, 'output', { runId: ended.runId, reason: 'age', blobs });
    expect(await readOutput(test.database, ended.runId, 0)).toEqual([]);
    expect(await outputEnd(test.database, ended.runId)).toBe(11);
  });

  it('snapshots leaves nothing to go on from, and says so', async () => {
    const ended = await driven('failed');
    await pruneRun(test.database, 'snapshots', { runId: ended.runId, reason: 'age', blobs });
    expect(await readSnapshots(test.database, ended.runId)).toEqual([]);
    expect((await readTranscript(test.database, blobs, { runId: ended.runId, sessionId })).content).toHaveLength(0);
    const again = resumeRun(test.database, { teamId: ended.teamId, by: 'ada' }, ended.runId);
    await expect(again).rejects.toMatchObject({ code: 'pruned' });
    expect(await run(ended)).toMatchObject({ status: 'failed' });
  });

  it('snapshots takes their files along, and counts them', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lockstep-pruned-'));
    const files = directoryBlobs(directory);
    const ended = await driven('failed');
    const { ref } = await files.put(ended.runId, Buffer.alloc(7_000_000));
    await test.database.prisma.snapshot.updateMany({
      where: { runId: ended.runId },
      data: { bundle: null, bundleRef: { ...ref! } },
    });
    const limit = { runId: ended.runId, reason: 'age' as const, blobs: files };
    expect(await pruneRun(test.database, 'snapshots', limit)).toBeGreaterThan(7_000_000);
    expect(readdirSync(directory)).toEqual([]);
    rmSync(directory, { recursive: true });
  });

  it('snapshots holds nobody up while files are removed, and lets nobody go on from the rest', async () => {
    const ended = await driven('failed');
    const retry = () => resumeRun(test.database, { teamId: ended.teamId, by: 'ada' }, ended.runId);
    const remove = async () => void (await expect(retry()).rejects.toMatchObject({ code: 'pruned' }));
    const pruning = { runId: ended.runId, reason: 'age' as const, blobs: { ...blobs, remove } };
    expect(await pruneRun(test.database, 'snapshots', pruning)).toBeGreaterThan(100);
    expect(await readSnapshots(test.database, ended.runId)).toEqual([]);
  });

  it('is one row for all its batches, and can be seen', async () => {
    const ended = await driven('completed');
    const lots = Array.from(
      { length: 2500 },
      () => ({ type: 'agent.warning', data: { kind: 'a', detail: 'b' } }) as const,
    );
    await test.database.transaction((tx) => appendRunEvents(tx, ended.runId, lots));
    const before = await projectUsageOf(test.database, ended.projectId, { budget: undefined, limits });
    const bytes = await pruneRun(test.database, 'events', { runId: ended.runId, reason: 'quota', blobs });
    expect(bytes).toBe(before.storage.events.bytes);
    expect(await projectUsageOf(test.database, ended.projectId, { budget: undefined, limits })).toMatchObject({
      storage: { events: { bytes: 0 }, output: { bytes: before.storage.output.bytes } },
      pruned: [{ runId: ended.runId, kind: 'events', reason: 'quota', bytes }],
    });
  });

  it('a workspace holds the run still, and leaves one that is needed again', async () => {
    const [ended, blocked] = [await driven('failed'), await driven('blocked')];
    const moved: string[] = [];
    const take = ({ runId }: Seeded) =>
      pruneWorkspace(test.database, { runId, bytes: 7, reason: 'age' }, async () => void moved.push(runId));
    expect([await take(ended), await take(blocked)]).toEqual([true, false]);
    expect(moved).toEqual([ended.runId]);
  });
});

it('one process in an interval looks for what may go', async () => {
  const claims = await Promise.all(Array.from({ length: 8 }, () => claimPruning(test.database, 60_000)));
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(await claimPruning(test.database, 0)).toBe(true);
});

it('a quota holds afterwards, or only what may not go is left', async () => {
  const seeded = await driven('completed');
  const more: Seeded[] = [];
  for (const to of ['failed', 'blocked', 'completed'] as const) {
    const runId = await successor(seeded);
    await test.database.prisma.run.update({ where: { id: runId }, data: { afterRunId: null, waitReason: 'slot' } });
    more.push(await driven(to, { ...seeded, runId }));
  }
  const limit = { days: null, bytes: 1 };
  const kept = await keptRuns(test.database, 'snapshots', seeded.projectId, true);
  for (const chosen of choosePruned('snapshots', kept, limit, new Date()))
    await pruneRun(test.database, 'snapshots', { ...chosen, blobs });
  const left = await keptRuns(test.database, 'snapshots', seeded.projectId, false);
  expect(left.map(({ runId }) => runId).sort()).toEqual([more[0]!.runId, more[1]!.runId].sort());
});
