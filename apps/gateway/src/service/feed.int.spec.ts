import { randomUUID } from 'node:crypto';
import { issueTicket, issueToken, startRun } from '@lockstep/database';
import { stepsOf } from '@lockstep/database/testing';
import { waitFor } from '@lockstep/testing';
import { upTo } from '../testing/feed-client';
import { stage, type Stage } from '../testing/stage';

const redisUrl = process.env['LOCKSTEP_TEST_REDIS_URL'];
const backplanes = [
  { name: 'Postgres', redisUrl: undefined },
  ...(redisUrl === undefined ? [] : [{ name: 'Redis', redisUrl }]),
];

describe.each(backplanes)('the feed with nudges from $name', ({ redisUrl: url }) => {
  let on: Stage;

  beforeAll(async () => (on = await stage({ redisUrl: url })));
  afterAll(() => on.stop());

  it('gives a snapshot, then every event after it, while events are appended', async () => {
    const client = on.connect();
    await client.see('authenticated');
    let last = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) last = await on.append(3);
    })();
    client.send({ type: 'subscribe', id: 'a', channel: `run:${on.runId}` });
    const snapshot = await client.see('snapshot', 'a');
    await waitFor(() => client.seqs('a').length >= 60, { what: 'sixty events' });
    writing = false;
    await writer;
    await waitFor(() => client.seqs('a').at(-1) === last, { what: 'the last event' });
    expect(client.seqs('a')).toEqual(upTo(last, Number(snapshot.cursor) + 1));
    expect(snapshot.data).toMatchObject({ run: { id: on.runId, seq: Number(snapshot.cursor) }, questions: [] });
    expect((snapshot.data['steps'] as { key: string }[]).map(({ key }) => key)).toEqual(['1', '2']);
    expect(client.frames.map(({ type }) => type).slice(0, 4)).toEqual([
      'hello',
      'authenticated',
      'subscribed',
      'snapshot',
    ]);
  });

  it('is told at once by a nudge, long before the next poll', async () => {
    const slow = await stage({ redisUrl: url, settings: { pollMs: 60_000 } });
    try {
      const client = slow.connect();
      await client.see('authenticated');
      client.send({ type: 'subscribe', id: 'a', channel: `run:${slow.runId}` });
      const { cursor } = await client.see('subscribed', 'a');
      await waitFor(() => slow.append(1).then(() => client.seqs('a').length > 0), { what: 'an event by nudge' });
      const last = await slow.append(1);
      await waitFor(() => client.seqs('a').at(-1) === last, { what: 'the last event by nudge' });
      expect(client.seqs('a')).toEqual(upTo(last, Number(cursor) + 1));
    } finally {
      await slow.stop();
    }
  });

  it('resumes from every cursor, by seq and by cursor, with and without the epoch', async () => {
    const last = await on.append(5);
    const client = on.connect();
    await client.see('authenticated');
    const places = upTo(last, last - 8);
    places
      .slice(0, 8)
      .forEach((seq) => client.send({ type: 'subscribe', id: `s${seq}`, channel: `run:${on.runId}`, since: { seq } }));
    const { epoch } = await client.see('subscribed', `s${last - 8}`);
    places.slice(0, 8).forEach((seq) =>
      client.send({
        type: 'subscribe',
        id: `c${seq}`,
        channel: `run:${on.runId}`,
        since: { epoch, cursor: String(seq) },
      }),
    );
    for (const seq of places.slice(0, 8))
      for (const id of [`s${seq}`, `c${seq}`]) {
        await waitFor(() => client.seqs(id).at(-1) === last, { what: `${id} to reach ${last}` });
        expect(client.seqs(id)).toEqual(upTo(last, seq + 1));
      }
    expect(client.of('snapshot')).toEqual([]);
  });
});

describe('the feed', () => {
  let on: Stage;

  beforeAll(async () => (on = await stage({ settings: { pollMs: 50, authTimeoutMs: 300, maxSubscriptions: 3 } })));
  afterAll(() => on.stop());

  const ready = async () => {
    const client = on.connect();
    await client.see('authenticated');
    return client;
  };

  it('says hello with its limits before anything else', async () => {
    const client = on.connect({ anonymous: true });
    expect(await client.see('hello')).toMatchObject({
      heartbeatMs: 5_000,
      limits: { maxFrameBytes: 65_536, maxSubscriptions: 3, maxBufferedBytes: 1_048_576 },
    });
  });

  it('takes a token in a frame, and a ticket once', async () => {
    const { ticket } = await issueTicket(on.database, { teamId: on.teamId, name: 'tester' }, 30_000);
    const [byToken, byTicket, again] = [1, 2, 3].map(() => on.connect({ anonymous: true }));
    await Promise.all([byToken!, byTicket!, again!].map((client) => client.see('hello')));
    byToken!.send({ type: 'auth', token: on.token });
    byTicket!.send({ type: 'auth', ticket });
    expect((await byToken!.see('authenticated')).teamId).toBe(on.teamId);
    expect((await byTicket!.see('authenticated')).teamId).toBe(on.teamId);
    again!.send({ type: 'auth', ticket });
    expect((await again!.ending()).code).toBe(4401);
  });

  it.each([
    ['a wrong token in the header', { token: 'lst_wrong' }, undefined, 4401, 'feed_unauthenticated'],
    ['a wrong token in a frame', {}, { type: 'auth', token: 'lst_wrong' }, 4401, 'feed_unauthenticated'],
    ['a subscription before that', {}, { type: 'subscribe', id: 'a', channel: 'run:x' }, 4401, 'feed_unauthenticated'],
    ['silence', {}, undefined, 4408, undefined],
  ] as const)('closes on %s', async (_what, options, frame, code, error) => {
    const client = on.connect({ anonymous: true, ...options });
    await client.see('hello');
    if (frame) client.send(frame);
    expect((await client.ending()).code).toBe(code);
    expect(client.of('error').map((said) => said.code)).toEqual(error === undefined ? [] : [error]);
  });

  it.each([[[]], [['another.protocol']]])('closes with 4406 when the protocols are %j', async (protocols) => {
    expect((await on.connect({ protocols }).ending()).code).toBe(4406);
  });

  it.each([
    ['no JSON', 'hello?'],
    ['no frame of the protocol', '{"type":"dance"}'],
    ['a frame with a wrong part', '{"type":"subscribe","id":""}'],
    ['binary', Buffer.from('{"type":"ping"}')],
  ])('says what is wrong with %s, and closes with 4400', async (_what, message) => {
    const client = await ready();
    client.socket.send(message);
    expect((await client.ending()).code).toBe(4400);
    expect(client.of('error').map(({ code }) => code)).toEqual(['feed_bad_frame']);
  });

  it('closes on a frame that is too large', async () => {
    const client = await ready();
    client.socket.send('x'.repeat(65_537));
    expect((await client.ending()).code).toBe(1009);
  });

  it('closes a flooding client with 4429', async () => {
    const client = await ready();
    for (let i = 0; i < 400; i += 1) client.send({ type: 'ping' });
    expect((await client.ending()).code).toBe(4429);
    expect(client.of('error').map(({ code }) => code)).toEqual(['rate_limited']);
  });

  it('answers a ping', async () => {
    const client = await ready();
    client.send({ type: 'ping', nonce: 'n1' });
    expect(await client.see('pong')).toEqual({ type: 'pong', nonce: 'n1' });
  });

  it('knows no channel that is somebody else’s, unknown or none', async () => {
    const { token } = await issueToken(on.database, { team: `other-${randomUUID()}`, name: 'stranger' });
    const stranger = on.connect({ token });
    await stranger.see('authenticated');
    const channels = [
      `run:${on.runId}`,
      `run:${on.runId}:output`,
      `plan:${on.planId}`,
      `run:${randomUUID()}`,
      'run:x',
      `plan:${on.planId}:output`,
      'everything',
    ];
    for (const [index, channel] of channels.entries()) {
      stranger.send({ type: 'subscribe', id: `c${index}`, channel });
      expect((await stranger.see('error', `c${index}`)).code).toBe('feed_unknown_channel');
    }
    expect(stranger.closed).toBeUndefined();
    expect(stranger.of('subscribed')).toEqual([]);
  });

  it('refuses a second subscription of the same id, with 4409', async () => {
    const client = await ready();
    client.send({ type: 'subscribe', id: 'a', channel: `run:${on.runId}` });
    client.send({ type: 'subscribe', id: 'a', channel: `plan:${on.planId}` });
    expect((await client.ending()).code).toBe(4409);
    expect(client.of('error', 'a').map(({ code }) => code)).toEqual(['duplicate']);
  });

  it('refuses more subscriptions than fit, and goes on', async () => {
    const client = await ready();
    ['a', 'b', 'c', 'd'].forEach((id) => client.send({ type: 'subscribe', id, channel: `run:${on.runId}` }));
    expect((await client.see('error', 'd')).code).toBe('rate_limited');
    client.send({ type: 'unsubscribe', id: 'a' });
    client.send({ type: 'subscribe', id: 'd', channel: `run:${on.runId}` });
    expect(await client.see('subscribed', 'd')).toBeDefined();
  });

  it('sends nothing for a subscription after unsubscribed, and takes its id again', async () => {
    const client = await ready();
    client.send({ type: 'subscribe', id: 'a', channel: `run:${on.runId}` });
    client.send({ type: 'subscribe', id: 'b', channel: `run:${on.runId}` });
    await client.see('subscribed', 'b');
    client.send({ type: 'unsubscribe', id: 'a' });
    await client.see('unsubscribed', 'a');
    const last = await on.append(2);
    await waitFor(() => client.seqs('b').at(-1) === last, { what: 'b to get the events' });
    expect(client.seqs('a')).toEqual([]);
    client.send({ type: 'subscribe', id: 'a', channel: `run:${on.runId}`, since: { seq: last - 1 } });
    await waitFor(() => client.seqs('a').length === 1, { what: 'a to get the last event' });
  });

  it.each([
    ['another epoch', { epoch: 'gone', seq: 1 }, 'epoch_changed'],
    ['a cursor beyond the stream', { seq: 1_000_000 }, 'cursor_beyond_stream'],
    ['a cursor that is none', { cursor: 'abc' }, 'cursor_unknown'],
  ])('tells of a gap for %s', async (_what, since, reason) => {
    const client = await ready();
    client.send({ type: 'subscribe', id: 'a', channel: `run:${on.runId}`, since });
    expect(await client.see('gap', 'a')).toEqual({ type: 'gap', id: 'a', reason, snapshotUrl: `/v1/runs/${on.runId}` });
    client.send({ type: 'subscribe', id: 'a', channel: `run:${on.runId}` });
    expect(await client.see('snapshot', 'a')).toBeDefined();
  });

  it('tells of a gap where events are no longer kept, and goes on from there', async () => {
    const floor = await on.append(3);
    const where = { where: { id: on.runId } };
    await on.database.prisma.run.update({ ...where, data: { eventFloor: floor } });
    const client = await ready();
    client.send({ type: 'subscribe', id: 'a', channel: `run:${on.runId}`, since: { seq: floor - 1 } });
    expect(await client.see('gap', 'a')).toMatchObject({ reason: 'history_pruned' });
    client.send({ type: 'subscribe', id: 'b', channel: `run:${on.runId}`, since: { seq: floor } });
    const last = await on.append(1);
    await waitFor(() => client.seqs('b').includes(last), { what: 'the event after the floor' });
    await on.database.prisma.run.update({ ...where, data: { eventFloor: 0 } });
  });

  it('tells of a gap where events are removed while a client catches up', async () => {
    const { teamId, planId } = on;
    const runId = await startRun(on.database, { teamId, planId, steps: stepsOf(['1']) });
    const channel = `run:${runId}`;
    const ahead = await ready();
    ahead.send({ type: 'subscribe', id: 'a', channel });
    await ahead.see('snapshot', 'a');
    await on.database.prisma.event.deleteMany({ where: { streamId: runId } });
    const behind = await ready();
    behind.send({ type: 'subscribe', id: 'a', channel, since: { seq: 0 } });
    expect(await behind.see('gap', 'a')).toMatchObject({ reason: 'history_pruned', snapshotUrl: `/v1/runs/${runId}` });
    behind.send({ type: 'subscribe', id: 'a', channel });
    expect(await behind.see('snapshot', 'a')).toBeDefined();
  });

  it('sends the types that are asked for, and bookmarks for the others', async () => {
    const client = await ready();
    const types = ['execution.status'];
    client.send({ type: 'subscribe', id: 'a', channel: `run:${on.runId}`, since: { seq: 0 }, types });
    const last = await on.append(4);
    await waitFor(() => client.of('bookmark', 'a').at(-1)?.cursor === String(last), { what: `a bookmark at ${last}` });
    expect(client.of('event', 'a').map(({ event }) => event.type)).toEqual(types);
  });

  it('follows a plan', async () => {
    const client = await ready();
    client.send({ type: 'subscribe', id: 'p', channel: `plan:${on.planId}` });
    expect((await client.see('snapshot', 'p')).data).toMatchObject({ plan: { id: on.planId, status: 'approved' } });
    client.send({ type: 'subscribe', id: 'q', channel: `plan:${on.planId}`, since: { seq: 0 } });
    await waitFor(() => client.seqs('q').length === 2, { what: 'the plan’s events' });
    expect(client.of('event', 'q').map(({ event }) => event.type)).toEqual(['plan.submitted', 'plan.approved']);
  });

  it('answers /healthz and /readyz on the same port', async () => {
    const health = await fetch(`${on.gateway.url}/healthz`);
    const ready_ = await fetch(`${on.gateway.url}/readyz`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
    expect([ready_.status, await ready_.json()]).toEqual([200, { ok: true, checks: [{ name: 'database', ok: true }] }]);
  });

  it('reads no stream any more when its last follower has left', async () => {
    const alone = await stage();
    try {
      const [first, second] = [alone.connect(), alone.connect()];
      for (const client of [first, second]) {
        await client.see('authenticated');
        client.send({ type: 'subscribe', id: 'a', channel: `run:${alone.runId}` });
        await client.see('subscribed', 'a');
      }
      expect(alone.gateway.counts).toEqual({ streams: 1, connections: 2, subscriptions: 2 });
      await first.end();
      await waitFor(() => alone.gateway.counts.connections === 1, { what: 'the first to be gone' });
      expect(alone.gateway.counts.streams).toBe(1);
      second.send({ type: 'unsubscribe', id: 'a' });
      await second.see('unsubscribed', 'a');
      expect(alone.gateway.counts.streams).toBe(0);
    } finally {
      await alone.stop();
    }
  });
});
