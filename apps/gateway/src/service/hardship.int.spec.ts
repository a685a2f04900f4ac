import { randomUUID } from 'node:crypto';
import type { Nudges } from '@lockstep/backplane';
import { createClient } from '@lockstep/client';
import { appendOutput, takeLease, type Lease } from '@lockstep/database';
import { waitFor } from '@lockstep/testing';
import { upTo, type FeedClient } from '../testing/feed-client';
import { stage, type Stage, type StageOptions } from '../testing/stage';

const deaf: Nudges = { publish: () => undefined, subscribe: () => Promise.resolve(() => undefined) };

/** Nudges come twice, and sometimes with a number far off. */
const noisy = (nudges: Nudges): Nudges => ({
  publish: (nudge) => nudges.publish(nudge),
  subscribe: (pattern, listener) =>
    nudges.subscribe(pattern, {
      onNudge: (nudge) =>
        [nudge.seq + 7, nudge.seq, 1, nudge.seq].forEach((seq) => listener.onNudge({ ...nudge, seq })),
      onReconnect: () => listener.onReconnect?.(),
    }),
});

describe('a feed in hardship', () => {
  let on: Stage;
  const open = async (options?: StageOptions) => (on = await stage(options));
  afterEach(() => on.stop());

  const follow = async (channel: string, since?: { seq: number }, client = on.connect()): Promise<FeedClient> => {
    await client.see('authenticated');
    client.send({ type: 'subscribe', id: 'a', channel, ...(since && { since }) });
    await client.see('subscribed', 'a');
    return client;
  };

  it.each([
    ['never come', () => deaf],
    ['come twice and wrong', noisy],
  ])('delivers everything in order when nudges %s', async (_what, cut) => {
    await open({ cut, settings: { pollMs: 50 } });
    const client = await follow(`run:${on.runId}`, { seq: 0 });
    for (let round = 0; round < 10; round += 1) await on.append(1 + (round % 3));
    const last = await on.append(1);
    await waitFor(() => client.seqs('a').at(-1) === last, { what: `event ${last}` });
    expect(client.seqs('a')).toEqual(upTo(last));
  });

  it('gives each of many clients the same, whenever they came', async () => {
    await open();
    await on.append(1200);
    const clients = await Promise.all([0, 1, 600, 1200].map((seq) => follow(`run:${on.runId}`, { seq })));
    const last = await on.append(700);
    for (const [index, from] of [0, 1, 600, 1200].entries()) {
      await waitFor(() => clients[index]!.seqs('a').at(-1) === last, { what: `client ${index} to reach ${last}` });
      expect(clients[index]!.seqs('a')).toEqual(upTo(last, from + 1));
    }
  });

  it('closes a client that does not read with 4429, keeps what it holds for it bounded, and lets it resume', async () => {
    await open({ settings: { heartbeatMs: 60_000, sendBufferLimitBytes: 65_536 }, stallMs: 200 });
    const healthy = await follow(`run:${on.runId}`, { seq: 0 });
    const stalled = await follow(`run:${on.runId}`, { seq: 0 });
    stalled.socket.pause();
    let last = 0;
    for (let round = 0; round < 60; round += 1) last = await on.append(100, { bytes: 4_000 });
    await waitFor(() => healthy.seqs('a').at(-1) === last, { what: 'the healthy client to have everything' });
    await waitFor(() => on.gateway.counts.subscriptions === 1, { what: 'the stalled client to be given up' });
    stalled.socket.resume();
    expect((await stalled.ending()).code).toBe(4429);
    expect(stalled.of('error').map(({ code }) => code)).toEqual(['feed_slow']);
    const seen = stalled.seqs('a').at(-1)!;
    expect(stalled.seqs('a')).toEqual(upTo(seen));
    expect(seen).toBeLessThan(last);
    const again = await follow(`run:${on.runId}`, { seq: seen });
    await waitFor(() => again.seqs('a').at(-1) === last, { what: 'the rest' });
    expect(again.seqs('a')).toEqual(upTo(last, seen + 1));
  });

  it('lets a client catch up that reads far more than the buffer holds', async () => {
    await open({ settings: { sendBufferLimitBytes: 16_384 } });
    let last = 0;
    for (let round = 0; round < 10; round += 1) last = await on.append(200, { bytes: 2_000, nudge: false });
    const client = await follow(`run:${on.runId}`, { seq: 0 });
    await waitFor(() => client.seqs('a').at(-1) === last, { what: 'all of it' });
    expect(client.seqs('a')).toEqual(upTo(last));
    expect(client.closed).toBeUndefined();
  });

  it('ends a connection whose peer is dead', async () => {
    await open({ settings: { heartbeatMs: 100 } });
    const alive = on.connect();
    const dead = on.connect({ autoPong: false });
    await Promise.all([alive.see('authenticated'), dead.see('authenticated')]);
    expect((await dead.ending()).code).toBe(1006);
    await waitFor(() => alive.of('ping').length >= 4, { what: 'four heartbeats' });
    expect(alive.closed).toBeUndefined();
  });

  it('sends everybody elsewhere when it stops', async () => {
    await open();
    const clients = await Promise.all([1, 2, 3].map(() => follow(`run:${on.runId}`)));
    await on.gateway.stop();
    for (const client of clients) {
      expect(await client.ending()).toMatchObject({ code: 1012 });
      const { afterMs } = await client.see('reconnect');
      expect(afterMs).toBeGreaterThanOrEqual(0);
      expect(afterMs).toBeLessThanOrEqual(2_000);
    }
    expect(on.gateway.counts).toEqual({ streams: 0, connections: 0, subscriptions: 0 });
  });

  it('stops twice, and before it was started', async () => {
    await open();
    await Promise.all([on.gateway.stop(), on.gateway.stop()]);
    await on.gateway.stop();
    await expect(fetch(`${on.gateway.url}/healthz`)).rejects.toThrow();
  });

  it('is followed by the client library through a restart, without a gap', async () => {
    await open({ settings: { pollMs: 50 } });
    const port = Number(new URL(on.gateway.url).port);
    const client = createClient({ url: on.gateway.url, feedUrl: on.gateway.feedUrl, token: on.token });
    const seqs: number[] = [];
    const states: boolean[] = [];
    const enough = new AbortController();
    const following = client.followRun(on.runId, {
      since: { seq: 0 },
      signal: enough.signal,
      onEvent: ({ seq }) => void seqs.push(seq),
      onConnection: (up) => void states.push(up),
    });
    const first = await on.append(5);
    await waitFor(() => seqs.at(-1) === first, { what: 'the first events' });
    await on.gateway.stop();
    const last = await on.append(5, { nudge: false });
    const second = on.another({ port });
    await second.start();
    try {
      await waitFor(() => seqs.at(-1) === last, { what: 'the events of the restart' });
      expect(seqs).toEqual(upTo(last));
      expect(states).toEqual([true, false, true]);
    } finally {
      enough.abort();
      await following;
      await second.stop();
    }
  });

  describe('with output', () => {
    const lease = async (): Promise<Lease> => {
      const { runId } = on;
      const spec = { runId, executorId: randomUUID(), leaseMs: 60_000, stage: 'implementation' } as const;
      return (await takeLease(on.database, spec))!.lease;
    };
    const text = (client: FeedClient) =>
      client
        .of('output', 'a')
        .map(({ chunk }) => chunk.text)
        .join('');

    it('streams it from an offset, in order, whole', async () => {
      await open({ settings: { pollMs: 50 } });
      const held = await lease();
      let offset = 0;
      const write = async (line: string) =>
        (offset = await appendOutput(on.database, held, { offset, stream: 'stdout', text: line }));
      await write('zero\n');
      const from = await write('größer\n');
      await write('two\n');
      const client = await follow(`run:${on.runId}:output`, { seq: 5 });
      await write('three\n');
      await waitFor(() => text(client).endsWith('three\n'), { what: 'the last line' });
      expect(text(client)).toBe('größer\ntwo\nthree\n');
      expect(from).toBe(14);
      const live = await follow(`run:${on.runId}:output`);
      expect((await live.see('snapshot', 'a')).data).toEqual({ offset });
    });

    it('leaves output out for a client that does not read, and keeps the connection', async () => {
      await open({ stallMs: 50, settings: { pollMs: 50, heartbeatMs: 60_000, sendBufferLimitBytes: 65_536 } });
      const held = await lease();
      const client = await follow(`run:${on.runId}:output`, { seq: 0 });
      client.socket.pause();
      let offset = 0;
      for (let round = 0; round < 250; round += 1)
        offset = await appendOutput(on.database, held, { offset, stream: 'stdout', text: 'y'.repeat(120_000) });
      // What the operating system takes on both sides counts for nothing; the rest is more than the limit.
      expect(on.gateway.counts.connections).toBe(1);
      client.socket.resume();
      const end = offset;
      await waitFor(
        async () => {
          offset = await appendOutput(on.database, held, { offset, stream: 'stdout', text: '.' });
          return client.of('output', 'a').at(-1)!.chunk.offset >= end;
        },
        { what: 'output to flow again', everyMs: 50 },
      );
      expect(client.closed).toBeUndefined();
      const offsets = client.of('output', 'a').map(({ chunk }) => chunk.offset);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
      expect(text(client).length).toBeLessThan(end);
    });
  });
});
