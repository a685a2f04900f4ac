import { issueToken, redeemTicket } from '@lockstep/database';
import { testDatabase, type TestDatabase } from '@lockstep/database/testing';
import { problem, problemOf, read, startApi, type ApiUnderTest } from '../testing/api-under-test';
import { Tokens, trustMs } from './tokens';

describe('tokens', () => {
  let test: TestDatabase;
  beforeAll(async () => void (test = await testDatabase()));
  afterAll(() => test.stop());

  it('are believed for a moment, and looked up again after it', async () => {
    let now = 0;
    const tokens = new Tokens(test.database, { now: () => new Date(now), monotonicMs: () => now });
    const { token, teamId } = await issueToken(test.database, { team: 'a', name: 'ann' });
    expect(await tokens.check(token)).toMatchObject({ teamId, name: 'ann' });
    await test.database.prisma.token.updateMany({ where: { teamId }, data: { revokedAt: new Date() } });
    now = trustMs - 1;
    expect(await tokens.check(token)).not.toBeNull();
    now = trustMs;
    expect(await tokens.check(token)).toBeNull();
    expect(trustMs).toBeLessThanOrEqual(5_000);
  });

  it('that are unknown stay unknown', async () => {
    expect(await new Tokens(test.database).check('lst_made-up')).toBeNull();
  });
});

describe('feed tickets', () => {
  let under: ApiUnderTest;
  beforeAll(async () => void (under = await startApi()));
  afterAll(() => under.stop());

  it('stand for the one who asked, once', async () => {
    const client = await under.client();
    const { status, body } = await client.post<{ ticket: string; expiresAt: string }>('/v1/feed/tickets');
    expect(status).toBe(201);
    const life = Date.parse(body.expiresAt) - Date.now();
    expect(life).toBeGreaterThan(20_000);
    expect(life).toBeLessThanOrEqual(31_000);
    expect(await redeemTicket(under.test.database, body.ticket)).toEqual({ teamId: client.teamId, name: 'tester' });
    expect(await redeemTicket(under.test.database, body.ticket)).toBeNull();
  });

  it('are not given to strangers', async () => {
    const reply = await read(await fetch(`${under.api.url}/v1/feed/tickets`, { method: 'POST' }));
    expect(problemOf(reply)).toEqual(problem(401, 'unauthenticated'));
  });
});
