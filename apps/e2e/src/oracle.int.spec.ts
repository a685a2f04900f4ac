import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedRun, testDatabase, type TestDatabase } from '@lockstep/database/testing';
import { waitFor } from '@lockstep/testing';
import { faultsAtRest, workersIn } from './oracle';

describe('the oracle', () => {
  let db: TestDatabase;
  let root: string;
  beforeEach(async () => {
    db = await testDatabase();
    root = mkdtempSync(join(tmpdir(), 'lockstep-oracle-'));
  });
  afterEach(async () => {
    rmSync(root, { recursive: true, force: true });
    await db.stop();
  });

  it.each(['', 'executor-2'])('sees what an ended run left in the place %p of a folder', async (place) => {
    const { runId } = await seedRun(db.database);
    await db.database.prisma.run.update({
      where: { id: runId },
      data: { status: 'cancelled', finishedAt: new Date() },
    });
    const home = join(root, place, 'runs', runId, 'home');
    mkdirSync(home, { recursive: true });
    const agent = spawn('sleep', ['600'], { env: { PATH: process.env['PATH'], HOME: home }, stdio: 'ignore' });
    try {
      await waitFor(() => workersIn(root, runId).length > 0, { what: 'the process to be seen' });
      expect(await faultsAtRest({ database: db.database, workspaceRoots: [root] })).toEqual([
        expect.stringContaining(`process ${agent.pid} (sleep) still works in`),
        expect.stringContaining(`the workspace of the ended run ${runId} is still in`),
      ]);
    } finally {
      agent.kill('SIGKILL');
      await once(agent, 'exit');
    }
  });
});
