import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProjectSettings, RunStatus } from '@lockstep/contracts';
import { seedRun, testDatabase, type TestDatabase } from '@lockstep/database/testing';
import { silentLogger } from '@lockstep/runtime';
import { pruneDisk, type DiskOptions } from './retention';

let test: TestDatabase;
let root: string;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'lockstep-disk-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
const placeOf = (runId: string): string => join(root, 'runs', runId);
const isThere = (runId: string): boolean => existsSync(placeOf(runId));

const prune = (limits: Partial<DiskOptions['config']>): Promise<void> => {
  const none = { retainWorkspacesDays: null, retainWorkspacesBytes: null, mirrorDays: null, mirrorBytes: null };
  return pruneDisk({
    database: test.database,
    logger: silentLogger(),
    config: { workspaceRoot: root, ...none, ...limits },
  });
};

interface Made {
  readonly status?: RunStatus;
  readonly days?: number;
  readonly settings?: Partial<ProjectSettings>;
}

/** A run that ended so many days ago, or has not, with a workspace of 100 kB. */
async function make({ status = 'failed', days = 0, settings = {} }: Made): Promise<string> {
  const { runId } = await seedRun(test.database, { settings });
  const ended = ['failed', 'cancelled', 'completed'].includes(status) ? daysAgo(days) : null;
  await test.database.prisma.run.update({
    where: { id: runId },
    data: { status, finishedAt: ended, reason: 'for the test', waitReason: 'question' },
  });
  mkdirSync(join(placeOf(runId), 'tree'), { recursive: true });
  writeFileSync(join(placeOf(runId), 'tree', 'file'), Buffer.alloc(100_000, 1));
  return runId;
}

describe('the workspaces on a disk', () => {
  it('of failed runs go when they are old, and what went is a row', async () => {
    const [old, young] = [await make({ days: 8 }), await make({ days: 6 })];
    await prune({ retainWorkspacesDays: 7 });
    expect([isThere(old), isThere(young)]).toEqual([false, true]);
    expect(await test.database.prisma.pruning.findMany({ where: { runId: { in: [old, young] } } })).toMatchObject([
      { runId: old, kind: 'workspaces', reason: 'age' },
    ]);
  });

  it('of runs that are under way stay, whatever the limits', async () => {
    const runs = await Promise.all((['queued', 'blocked', 'paused'] as const).map((status) => make({ status })));
    await prune({ retainWorkspacesDays: 0, retainWorkspacesBytes: 0 });
    expect(runs.map(isThere)).toEqual([true, true, true]);
  });

  it('of a run that is retried meanwhile stay', async () => {
    const retried = await make({ days: 8 });
    const { transaction } = test.database;
    const again = {
      ...test.database,
      transaction: async <T>(work: Parameters<typeof transaction<T>>[0]): Promise<T> => {
        await test.database.prisma.run.update({ where: { id: retried }, data: { status: 'queued', finishedAt: null } });
        return transaction(work);
      },
    };
    const config = {
      workspaceRoot: root,
      retainWorkspacesDays: 7,
      retainWorkspacesBytes: null,
      mirrorDays: null,
      mirrorBytes: null,
    };
    await pruneDisk({ database: again, logger: silentLogger(), config });
    expect(isThere(retried)).toBe(true);
  });

  it('fit into the quota of a project, which may say otherwise than the installation', async () => {
    const generous = await make({ days: 5, settings: { retention: { workspaces: { bytes: null } } } });
    const strict = await make({ days: 5 });
    await prune({ retainWorkspacesBytes: 50_000 });
    expect([isThere(generous), isThere(strict)]).toEqual([true, false]);
  });
});

describe('the mirrors on a disk', () => {
  const mirror = (name: string, days: number): string => {
    const directory = join(root, 'mirrors', name);
    mkdirSync(join(directory, 'objects'), { recursive: true });
    utimesSync(directory, daysAgo(days), daysAgo(days));
    return directory;
  };

  it('go when nobody has used them for long, unless a workspace borrows from them', async () => {
    const [old, lent, young] = [mirror('old.git', 40), mirror('lent.git', 40), mirror('young.git', 20)];
    const info = join(placeOf(await make({ status: 'blocked' })), 'repo.git', 'objects', 'info');
    mkdirSync(info, { recursive: true });
    writeFileSync(join(info, 'alternates'), `${join(lent, 'objects')}\n`);
    await prune({ mirrorDays: 30 });
    expect([old, lent, young].map((each) => existsSync(each))).toEqual([false, true, true]);
  });

  it('fit into their quota, but for those that were used just now', async () => {
    const [old, fresh] = [mirror('old.git', 1), mirror('fresh.git', 0)];
    await prune({ mirrorBytes: 0 });
    expect([existsSync(old), existsSync(fresh)]).toEqual([false, true]);
  });
});
