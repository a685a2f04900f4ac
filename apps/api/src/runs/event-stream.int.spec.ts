import type { EventEnvelope } from '@lockstep/contracts';
import { appendRunEvents } from '@lockstep/database';
import { waitFor } from '@lockstep/testing';
import { kinds, problem, problemOf, read, startApi, type ApiUnderTest, type Client } from '../testing/api-under-test';
import { newRun } from '../testing/fixtures';

interface Follower {
  readonly ids: number[];
  readonly events: EventEnvelope[];
  readonly headers: Headers;
  readonly ended: Promise<void>;
  close(): void;
}

/** A client of server-sent events, as small as they allow. */
async function follow(url: string, headers: Record<string, string>): Promise<Follower> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const [ids, events]: [number[], EventEnvelope[]] = [[], []];
  const take = (block: string) => {
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (data === undefined) return;
    ids.push(Number(/^id: (\d+)$/m.exec(block)?.[1]));
    events.push(JSON.parse(data) as EventEnvelope);
  };
  const pump = async () => {
    let rest = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      blocks.forEach(take);
    }
  };
  const ended = pump().catch(() => undefined);
  return { ids, events, headers: response.headers, ended, close: () => abort.abort() };
}

const upTo = (last: number, from = 1): number[] => Array.from({ length: last - from + 1 }, (_, i) => from + i);

describe.each(kinds)('the event stream on %s', (kind) => {
  let under: ApiUnderTest;
  let client: Client;
  beforeAll(async () => {
    under = await startApi(kind);
    client = await under.client();
  });
  afterAll(() => under.stop());

  const streamOf = (runId: string, { query = '', ...headers }: Record<string, string> = {}) =>
    follow(`${under.api.url}/v1/runs/${runId}/events/stream${query}`, {
      authorization: `Bearer ${client.token}`,
      ...headers,
    });
  const warn = (runId: string, count = 1, detail = 'd') =>
    under.test.database.transaction((tx) =>
      appendRunEvents(
        tx,
        runId,
        Array.from({ length: count }, () => ({ type: 'agent.warning' as const, data: { kind: 'k', detail } })),
      ),
    );
  const has = (follower: Follower, last: number) =>
    waitFor(() => follower.ids.at(-1) === last, { what: `event ${last}` });

  it('gives what there is, and then what comes', async () => {
    const { id } = await newRun(under, client);
    const follower = await streamOf(id);
    expect(follower.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await has(follower, 2);
    await client.post(`/v1/runs/${id}/pause`);
    await client.post(`/v1/runs/${id}/resume`);
    await has(follower, 4);
    expect(follower.ids).toEqual(upTo(4));
    expect(follower.events[2]).toMatchObject({
      source: `/runs/${id}`,
      seq: 3,
      type: 'execution.status',
      data: { status: 'paused' },
    });
    follower.close();
  });

  it('resumes by Last-Event-ID, or by after', async () => {
    const { id } = await newRun(under, client);
    await warn(id, 3);
    const followers = [
      await streamOf(id, { 'last-event-id': '3' }),
      await streamOf(id, { query: '?after=3' }),
      await streamOf(id, { 'last-event-id': '3', query: '?after=1' }),
    ];
    for (const follower of followers) {
      await has(follower, 5);
      expect(follower.ids).toEqual([4, 5]);
      follower.close();
    }
  });

  it('finds what nobody nudged about, and gives long streams whole', async () => {
    const { id } = await newRun(under, client);
    const follower = await streamOf(id);
    await has(follower, 2);
    await warn(id, 1_500);
    await has(follower, 1_502);
    expect(follower.ids).toEqual(upTo(1_502));
    follower.close();
  });

  it('has no gap and no double for clients that come and go while events come', async () => {
    const { id } = await newRun(under, client);
    const seen: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const follower = await streamOf(id, { 'last-event-id': String(seen.at(-1) ?? 0) });
      const last = await warn(id, 20);
      under.backplane.nudges.publish({ channel: `run:${id}`, seq: last });
      await has(follower, last);
      follower.close();
      seen.push(...follower.ids);
    }
    expect(seen).toEqual(upTo(102));
  });

  it('gives a long stream at the client’s pace, and loses nothing', async () => {
    const { id } = await newRun(under, client);
    await warn(id, 1_000, 'x'.repeat(20_000));
    const abort = new AbortController();
    const response = await fetch(`${under.api.url}/v1/runs/${id}/events/stream`, {
      headers: { authorization: `Bearer ${client.token}` },
      signal: abort.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let [text, last] = ['', 0];
    const ids: number[] = [];
    while (last < 1_002) {
      text += (await reader?.read())?.value ?? '';
      for (const [, seq] of text.matchAll(/^id: (\d+)$/gm)) ids.push((last = Number(seq)));
      text = text.slice(text.lastIndexOf('\n') + 1);
    }
    abort.abort();
    expect(ids).toEqual(upTo(1_002));
  });

  it('ends where what follows was removed meanwhile, so that the client hears it when it comes back', async () => {
    const { id } = await newRun(under, client);
    const follower = await streamOf(id);
    await has(follower, 2);
    await under.test.database.prisma.run.update({ where: { id }, data: { eventSeq: 5, eventFloor: 5 } });
    await client.post(`/v1/runs/${id}/pause`);
    await follower.ended;
    expect(follower.ids).toEqual([1, 2]);
    const headers = { authorization: `Bearer ${client.token}`, 'last-event-id': '2' };
    const again = await read(await fetch(`${under.api.url}/v1/runs/${id}/events/stream`, { headers }));
    expect(problemOf(again)).toEqual(problem(410, 'pruned'));
  });

  it('refuses a Last-Event-ID that is none', async () => {
    const { id } = await newRun(under, client);
    const headers = { authorization: `Bearer ${client.token}`, 'last-event-id': 'x' };
    const reply = await read(await fetch(`${under.api.url}/v1/runs/${id}/events/stream`, { headers }));
    expect(problemOf(reply)).toEqual(problem(400, 'bad_request'));
  });

  it('ends for a token that is revoked', async () => {
    const guest = await under.client();
    const { id } = await newRun(under, guest);
    const follower = await follow(`${under.api.url}/v1/runs/${id}/events/stream`, {
      authorization: `Bearer ${guest.token}`,
    });
    await has(follower, 2);
    await under.test.database.prisma.token.updateMany({
      where: { teamId: guest.teamId },
      data: { revokedAt: new Date() },
    });
    await follower.ended;
    expect(follower.ids).toEqual([1, 2]);
  });
});

it('the streams end with the API, which stops at once', async () => {
  const under = await startApi();
  const client = await under.client();
  const { id } = await newRun(under, client);
  const follower = await follow(`${under.api.url}/v1/runs/${id}/events/stream`, {
    authorization: `Bearer ${client.token}`,
  });
  await waitFor(() => follower.ids.length === 2, { what: 'the first events' });
  const began = performance.now();
  await under.stop();
  await follower.ended;
  expect(performance.now() - began).toBeLessThan(2_000);
});
