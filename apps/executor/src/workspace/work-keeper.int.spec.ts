import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryBlobs, letGo, readEvents, rowBlobs, takeLease, type BlobStore } from '@lockstep/database';
import { seedRun, testDatabase, type TestDatabase } from '@lockstep/database/testing';
import { executorSettings, readConfig, silentLogger } from '@lockstep/runtime';
import { waitFor } from '@lockstep/testing';
import type { AgentSetup } from '../agent-setup';
import { RunControl } from '../lease/run-control';
import type { RunContext } from '../run/run-context';
import { RunStore } from '../run/run-store';
import { AgentSession } from '../session/session';
import { openRunWorkspace } from './open-workspace';
import { WorkKeeper } from './work-keeper';

let test: TestDatabase;
let root: string;
let repository: string;
beforeAll(async () => {
  test = await testDatabase();
  root = mkdtempSync(join(tmpdir(), 'lockstep-keeper-'));
  repository = join(root, 'repository');
  mkdirSync(repository);
  writeFileSync(join(repository, 'readme.md'), '# kept\n');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=User', '-c', 'user.email=user@example.com', ...args], {
      cwd: repository,
      env: { PATH: process.env['PATH'] ?? '', HOME: root },
    });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'one');
});
afterAll(async () => {
  await test?.stop();
  rmSync(root, { recursive: true, force: true });
});

const nudges = { publish: () => undefined, subscribe: async () => () => undefined };

/** Takes the run on a disk of its own, as an executor does; its agent is never asked. */
async function drive(runId: string, disk: string, more: { blobs?: BlobStore; env?: Record<string, string> } = {}) {
  const config = readConfig(executorSettings, {
    DATABASE_URL: test.url,
    WORKSPACE_ROOT: join(root, runId, disk),
    LOCKSTEP_ALLOW_LOCAL_REPOSITORIES: 'true',
    ...more.env,
  });
  const spec = { runId, executorId: disk, leaseMs: 60_000, stage: 'implementation' as const };
  const taken = (await takeLease(test.database, spec))!;
  const store = new RunStore(test.database, taken.lease, nudges, more.blobs ?? rowBlobs);
  const context = {
    ...{ run: taken.run, previousDriver: taken.previousDriver, repository, store, config },
    ...{ plan: { resultsPath: 'results.md' }, settings: {}, control: new RunControl(), logger: silentLogger() },
  } as unknown as RunContext;
  const { workspace } = await openRunWorkspace(context);
  const keeper = new WorkKeeper(context, workspace, new AgentSession(context, workspace, {} as AgentSetup));
  const write = (path: string, content: string | Buffer): void => writeFileSync(join(workspace.tree, path), content);
  const release = () => store.write((tx) => letGo(tx, taken.run, { to: 'queued', action: 'test' }));
  return { workspace, keeper, write, release };
}

const snapshots = (runId: string) =>
  test.database.prisma.snapshot.findMany({ where: { runId }, orderBy: { id: 'asc' } });

const warnings = async (runId: string): Promise<string[]> =>
  (await readEvents(test.database, runId, 0)).flatMap(({ type, data }) =>
    type === 'agent.warning' ? [(data as { kind: string }).kind] : [],
  );

const newRun = async (): Promise<string> => (await seedRun(test.database, { repository })).runId;

describe('work that is kept', () => {
  it('is one snapshot, written anew only when something has changed', async () => {
    const runId = await newRun();
    const { keeper, write } = await drive(runId, 'a');
    write('half.txt', 'half');
    await keeper.keep('after_turn');
    const [first] = await snapshots(runId);
    await keeper.keep('park');
    expect((await snapshots(runId)).map(({ id }) => id)).toEqual([first?.id]);
    write('half.txt', 'whole');
    await keeper.keep('park');
    expect((await snapshots(runId)).map(({ kind, id }) => [kind, id > first!.id])).toEqual([['park', true]]);
  });

  it('is kept within a turn, and no more once the turn is over', async () => {
    const runId = await newRun();
    const { keeper, write } = await drive(runId, 'a', { env: { LOCKSTEP_SNAPSHOT_INTERVAL_MS: '20' } });
    await keeper.during(async () => {
      for (const text of ['one', 'two']) {
        const before = (await snapshots(runId)).at(-1)?.id ?? 0n;
        write('half.txt', text);
        await waitFor(async () => ((await snapshots(runId)).at(-1)?.id ?? 0n) > before, { what: text });
      }
    });
    const kept = await snapshots(runId);
    expect(kept.map(({ kind }) => kind)).toEqual(['turn']);
    write('half.txt', 'after the turn');
    const ended = AbortSignal.abort(new Error('the turn is over'));
    await expect(keeper.keep('within_turn', ended)).rejects.toThrow('the turn is over');
    expect(await snapshots(runId)).toEqual(kept);
  });

  it('says once what is too large, and leaves the snapshot before it', async () => {
    const runId = await newRun();
    const { keeper, write } = await drive(runId, 'a', { env: { LOCKSTEP_SNAPSHOT_LIMIT_BYTES: '20000' } });
    write('small.txt', 'small');
    await keeper.keep('after_turn');
    const kept = await snapshots(runId);
    for (const size of [30_000, 40_000]) {
      write('large.bin', randomBytes(size));
      await keeper.keep('after_turn');
    }
    expect([await snapshots(runId), await warnings(runId)]).toEqual([kept, ['snapshot_too_large']]);
  });

  it('goes on elsewhere from a directory, and without the work when its file is damaged', async () => {
    const runId = await newRun();
    const volume = join(root, 'volume', runId);
    const blobs = directoryBlobs(join(root, 'volume'));
    const a = await drive(runId, 'a', { blobs });
    a.write('half.txt', 'half');
    await a.keeper.keep('park');
    await a.release();
    const b = await drive(runId, 'b', { blobs });
    expect(readFileSync(join(b.workspace.tree, 'half.txt'), 'utf8')).toBe('half');
    await b.release();
    const [file] = readdirSync(volume);
    writeFileSync(join(volume, file!), 'damaged');
    const c = await drive(runId, 'c', { blobs });
    expect(existsSync(join(c.workspace.tree, 'half.txt'))).toBe(false);
    expect(await warnings(runId)).toEqual(['work_lost']);
    c.write('again.txt', 'again');
    await c.keeper.keep('park');
    expect(readdirSync(volume)).not.toContain(file);
  });
});
