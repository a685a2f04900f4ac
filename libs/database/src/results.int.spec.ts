import { type Criterion } from '@lockstep/contracts';
import { faultCode } from '@lockstep/testing';
import {
  findDiff,
  findResults,
  issueTicket,
  keepDiff,
  keepResults,
  keepVerifications,
  listCriteria,
  maxDiffLength,
  readRunRecords,
  readVerifications,
  redeemTicket,
  type NewVerification,
} from './index';
import { seedRun, testDatabase, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

const item: Criterion = {
  ...{ list: 'criteria', number: 1, text: 'It holds' },
  evidence: { state: 'attested', by: 'ada', at: null, note: null },
};

describe('the documents of a run', () => {
  it('are missing at first, then the newest ones, and only for the team', async () => {
    const { teamId, runId } = await seedRun(test.database);
    const other = await seedRun(test.database);
    expect(await faultCode(findResults(test.database, teamId, runId))).toBe('not_found');
    await test.database.transaction(async (tx) => {
      await keepResults(tx, runId, { text: '# one', criteria: [] });
      await keepDiff(tx, runId, 'diff one');
      await keepResults(tx, runId, { text: '# two\u0000', criteria: [item] });
    });
    expect(await findResults(test.database, teamId, runId)).toBe('# two\ufffd');
    expect(await listCriteria(test.database, teamId, runId)).toEqual([item]);
    expect(await listCriteria(test.database, other.teamId, runId)).toEqual([]);
    expect(await findDiff(test.database, teamId, runId)).toBe('diff one');
    expect(await faultCode(findDiff(test.database, other.teamId, runId))).toBe('not_found');
  });

  it('cut a diff that is too long, and say so', async () => {
    const { teamId, runId } = await seedRun(test.database);
    await test.database.transaction((tx) => keepDiff(tx, runId, 'x'.repeat(maxDiffLength + 1)));
    const diff = await findDiff(test.database, teamId, runId);
    expect(diff.length).toBeLessThan(maxDiffLength + 200);
    expect(diff).toMatch(/Cut here: the diff has 2000001 characters/);
  });
});

describe('what was run', () => {
  const ran = (position: number, output: string): NewVerification => ({
    ...{ stepKey: '1', attempt: 1, position, purpose: 'step', command: 'npm test', treeSha: null },
    ...{ exitCode: 0, verdict: 'passed', runner: null, tests: null, failing: [], names: { names: [] }, notes: [] },
    ...{ durationMs: 1, outputSha256: 'abc', output },
  });

  it('is read in order, with the ends of its outputs and no more of them', async () => {
    const { runId } = await seedRun(test.database);
    const other = await seedRun(test.database);
    await test.database.transaction(async (tx) => {
      await keepVerifications(tx, runId, [ran(1, `${'x'.repeat(250_000)}${'y'.repeat(4_000)}`), ran(2, 'ok')]);
      await keepVerifications(tx, other.runId, [ran(1, 'of another run')]);
    });
    const rows = await readVerifications(test.database, { runId, purpose: 'step' });
    expect(rows.map(({ outputTail }) => outputTail)).toEqual(['y'.repeat(4_000), 'ok']);
    expect(JSON.stringify((await readRunRecords(test.database, runId)).verifications)).not.toContain('x'.repeat(100));
    expect(await readVerifications(test.database, { runId, purpose: 'final' })).toEqual([]);
  });
});

describe('a feed ticket', () => {
  it('is good once', async () => {
    const { teamId } = await seedRun(test.database);
    const { ticket } = await issueTicket(test.database, { teamId, name: 'ann' }, 30_000);
    const uses = await Promise.all([redeemTicket(test.database, ticket), redeemTicket(test.database, ticket)]);
    expect(uses.filter((use) => use !== null)).toEqual([{ teamId, name: 'ann' }]);
    expect(await redeemTicket(test.database, 'lft_made-up')).toBeNull();
  });

  it('runs out', async () => {
    const { teamId } = await seedRun(test.database);
    const { ticket } = await issueTicket(test.database, { teamId, name: 'ann' }, -1);
    expect(await redeemTicket(test.database, ticket)).toBeNull();
  });
});
