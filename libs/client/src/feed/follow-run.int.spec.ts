import { createClient } from '../create-client';
import type { ProblemError } from '../rest/problem-error';
import { chunkAt, eventAt } from '../testing/pieces';
import { ScriptedApi, type Line, type OnSubscribe } from '../testing/scripted-api';
import type { FollowOptions } from './follow-run';

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('following a run', () => {
  let api: ScriptedApi;
  let url: string;
  let stop: AbortController;
  let following: Promise<void>;

  beforeEach(async () => {
    api = new ScriptedApi();
    url = await api.start();
    stop = new AbortController();
  });

  afterEach(async () => {
    stop.abort();
    await following.catch(() => undefined);
    await api.stop();
  });

  /** Follows until `enough` says so. */
  async function follow(enough: (seqs: number[], text: string) => boolean, more: Partial<FollowOptions> = {}) {
    const seqs: number[] = [];
    const log: string[] = [];
    let text = '';
    const check = () => void (enough(seqs, text) && stop.abort());
    const client = createClient({ url, token: 'lst_good' });
    following = client.followRun('r', {
      since: { seq: 0 },
      signal: stop.signal,
      onEvent: (event) => (seqs.push(event.seq), check()),
      onSnapshot: ({ run }) => (log.push(`snapshot ${run.seq}`), check()),
      onConnection: (connected) => void log.push(connected ? 'up' : 'down'),
      ...('outputFrom' in more && { onOutput: (chunk) => ((text += chunk.text), check()) }),
      ...more,
    });
    await following;
    return { seqs, log, text };
  }

  const subscribed = (line: Line, id: string, cursor: number) =>
    line.say({ type: 'subscribed', id, epoch: 'e1', cursor: String(cursor) });
  const events = (line: Line, id: string, seqs: number[]) =>
    seqs.forEach((seq) => line.say({ type: 'event', id, event: eventAt(seq) }));

  it('gives events in order, and those that come twice once', async () => {
    api.onSubscribe = (line, { id }) => {
      subscribed(line, id, 0);
      events(line, id, [1, 2, 2, 1, 3, 3, 4]);
    };
    expect(await follow((seqs) => seqs.includes(4))).toEqual({ seqs: upTo(4), log: ['up'], text: '' });
    expect(api.heard[0]).toEqual({ type: 'subscribe', id: 'events', channel: 'run:r', since: { seq: 0 } });
  });

  it('begins with a snapshot when it is told no place', async () => {
    api.onSubscribe = (line, { id }) => {
      subscribed(line, id, 6);
      line.say({ type: 'snapshot', id, cursor: '6', data: { run: { seq: 6 }, steps: [], questions: [] } });
      events(line, id, [6, 7]);
    };
    expect(await follow((seqs) => seqs.includes(7), { since: undefined })).toMatchObject({
      seqs: [7],
      log: ['up', 'snapshot 6'],
    });
  });

  it('reads a hole over HTTP before it goes on', async () => {
    api.events = upTo(9).map(eventAt);
    api.onSubscribe = (line, { id }) => {
      subscribed(line, id, 0);
      events(line, id, [1, 2, 7, 8, 9]);
    };
    expect((await follow((seqs) => seqs.includes(9))).seqs).toEqual(upTo(9));
    expect(api.asked[0]).toBe('/events?after=2');
  });

  it('resumes where it was, with the epoch, when the line breaks', async () => {
    const script: OnSubscribe = (line, { id, since }, connection) => {
      const from = since && 'seq' in since ? since.seq : 0;
      subscribed(line, id, from);
      events(line, id, upTo(from + 2, from + 1));
      if (connection === 1) line.cut();
      if (connection === 2) {
        line.say({ type: 'reconnect', afterMs: 5 });
        line.close(1012);
      }
    };
    api.onSubscribe = script;
    const { seqs, log } = await follow((got) => got.includes(6));
    expect(seqs).toEqual(upTo(6));
    expect(log).toEqual(['up', 'down', 'up', 'down', 'up']);
    const places = api.heard.flatMap((frame) => (frame.type === 'subscribe' ? [frame.since] : []));
    expect(places).toEqual([{ seq: 0 }, { seq: 2, epoch: 'e1' }, { seq: 4, epoch: 'e1' }]);
  });

  it('begins anew with a snapshot when its place is void', async () => {
    api.onSubscribe = (line, { id, since }) => {
      if (since) return line.say({ type: 'gap', id, reason: 'epoch_changed', snapshotUrl: '/v1/runs/r' });
      subscribed(line, id, 2);
      line.say({ type: 'snapshot', id, cursor: '2', data: { run: { seq: 2 }, steps: [], questions: [] } });
      events(line, id, [3]);
    };
    const { seqs, log } = await follow((got) => got.includes(3), { since: { seq: 40, epoch: 'e0' } });
    expect([seqs, log]).toEqual([[3], ['up', 'snapshot 2']]);
  });

  it('reads over HTTP while there is no feed', async () => {
    api.feedIsDown = true;
    api.events = upTo(3).map(eventAt);
    api.output = [chunkAt(0, 'one\n'), chunkAt(4, 'two\n')];
    const { seqs, log, text } = await follow((got, output) => got.includes(3) && output.endsWith('two\n'), {
      outputFrom: 0,
    });
    expect([seqs, log, text]).toEqual([upTo(3), [], 'one\ntwo\n']);
  });

  it('takes a snapshot where the events after its place are no longer kept', async () => {
    api.feedIsDown = true;
    api.floor = 2;
    api.events = upTo(3).map(eventAt);
    expect(await follow(() => true, { since: { seq: 1 } })).toMatchObject({ seqs: [], log: ['snapshot 3'] });
  });

  it('reads a snapshot over HTTP while there is no feed, when it is told no place', async () => {
    api.feedIsDown = true;
    api.events = upTo(3).map(eventAt);
    expect(await follow(() => true, { since: undefined })).toMatchObject({ seqs: [], log: ['snapshot 3'] });
  });

  it('gives output in order and whole, and reads over HTTP what the feed left out', async () => {
    api.output = [chunkAt(0, 'größe\n'), chunkAt(8, 'b\n'), chunkAt(10, 'c\n'), chunkAt(12, 'd\n')];
    api.onSubscribe = (line, { id }) => {
      subscribed(line, id, 0);
      if (id !== 'output') return;
      [api.output[0]!, api.output[0]!, api.output[3]!].forEach((chunk) => line.say({ type: 'output', id, chunk }));
    };
    const { text } = await follow((_seqs, output) => output.endsWith('d\n'), { outputFrom: 0 });
    expect(text).toBe('größe\nb\nc\nd\n');
  });

  it('goes over output that nobody has kept', async () => {
    api.onSubscribe = (line, { id }) => {
      subscribed(line, id, 0);
      if (id === 'output') line.say({ type: 'output', id, chunk: chunkAt(50, 'late\n') });
    };
    expect((await follow((_seqs, output) => output !== '', { outputFrom: 0 })).text).toBe('late\n');
  });

  it('answers pings, and tries again when the server has a bad moment', async () => {
    api.onSubscribe = (line, { id }, connection) => {
      if (connection === 1) return line.say({ type: 'error', id, code: 'database_unavailable', message: 'Away.' });
      line.say({ type: 'ping' });
      subscribed(line, id, 0);
      events(line, id, [1]);
    };
    expect((await follow((seqs) => seqs.includes(1))).seqs).toEqual([1]);
    expect(api.connections).toBe(2);
  });

  const failure = async (): Promise<ProblemError> =>
    follow(() => false).then(
      () => Promise.reject(new Error('following was expected to fail')),
      (error: ProblemError) => error,
    );

  it('ends when the token is refused', async () => {
    api.token = 'lst_other';
    expect(await failure()).toMatchObject({ name: 'ProblemError', status: 401, code: 'unauthenticated' });
  });

  it('ends when there is no such run', async () => {
    api.onSubscribe = (line, { id }) =>
      line.say({ type: 'error', id, code: 'feed_unknown_channel', message: 'There is no channel run:r.' });
    expect(await failure()).toMatchObject({ name: 'ProblemError', status: 404, code: 'not_found' });
  });

  it('ends with what a callback threw', async () => {
    const thrown = new Error('a bug of the caller');
    api.onSubscribe = (line, { id }) => {
      subscribed(line, id, 0);
      events(line, id, [1]);
    };
    const onEvent = () => {
      throw thrown;
    };
    await expect(follow(() => false, { onEvent })).rejects.toBe(thrown);
  });

  it('calls nobody after it was stopped', async () => {
    api.onSubscribe = (line, { id }) => {
      subscribed(line, id, 0);
      events(line, id, upTo(50));
    };
    expect((await follow((seqs) => seqs.length === 3)).seqs).toEqual(upTo(3));
  });
});
