import { randomUUID } from 'node:crypto';
import type { Criterion, EventEnvelope, OutputChunk, Question, Run, Step, Turn } from '@lockstep/contracts';
import { appendOutput, appendRunEvents, keepDiff, keepResults } from '@lockstep/database';
import { problem, problemOf, startApi, type ApiUnderTest, type Client } from '../testing/api-under-test';
import { block, take } from '../testing/driving';
import { newRun } from '../testing/fixtures';

let under: ApiUnderTest;
let client: Client;
let stranger: Client;
beforeAll(async () => {
  under = await startApi();
  [client, stranger] = [await under.client(), await under.client()];
});
afterAll(() => under.stop());

interface List<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}

describe('reading runs', () => {
  it('lists the team’s own, newest first, by pages and by state', async () => {
    const team = await under.client();
    const runs: Run[] = [];
    for (let i = 0; i < 3; i += 1) runs.unshift(await newRun(under, team));
    const first = (await team.get<List<Run>>('/v1/runs?limit=2')).body;
    const second = (await team.get<List<Run>>(`/v1/runs?limit=2&cursor=${first.nextCursor}`)).body;
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(runs.map(({ id }) => id));
    expect([first.data.length, second.nextCursor]).toEqual([2, null]);
    const of = (query: string) =>
      team.get<List<Run>>(`/v1/runs?${query}`).then(({ body }) => body.data.map(({ id }) => id));
    expect(await of(`projectId=${runs[0]?.projectId}`)).toEqual([runs[0]?.id]);
    expect(await of('status=running')).toEqual([]);
    expect(await of('status=queued')).toHaveLength(3);
  });

  it.each(['limit=0', 'limit=x', 'limit=201', 'status=lost', 'cursor=1', 'colour=red'])(
    'refuses ?%s',
    async (query) => {
      const reply = await client.get<{ errors: { pointer: string }[] }>(`/v1/runs?${query}`);
      expect(problemOf(reply)).toEqual(problem(400, 'bad_request'));
      expect(reply.body.errors[0]?.pointer).toBe(`/${query.split('=')[0]}`);
    },
  );

  it('pages events and output', async () => {
    const { id } = await newRun(under, client);
    const lease = await take(under, id);
    await under.test.database.transaction((tx) =>
      appendRunEvents(tx, id, [{ type: 'agent.warning', data: { kind: 'k', detail: 'd' } }]),
    );
    let end = 0;
    for (const text of ['één', 'two', 'three'])
      end = await appendOutput(under.test.database, lease, { offset: end, stream: 'agent', text });
    const page = (await client.get<List<EventEnvelope>>(`/v1/runs/${id}/events?after=1&limit=2`)).body;
    expect([page.data.map(({ seq }) => seq), page.nextCursor]).toEqual([[2, 3], '3']);
    const rest = (await client.get<List<EventEnvelope>>(`/v1/runs/${id}/events?after=3`)).body;
    expect([rest.data.map(({ type }) => type), rest.nextCursor]).toEqual([['execution.status', 'agent.warning'], null]);
    const output = (await client.get<List<OutputChunk>>(`/v1/runs/${id}/output?limit=1`)).body;
    expect([output.data[0]?.text, output.nextCursor]).toEqual(['één', '5']);
    const more = (await client.get<List<OutputChunk>>(`/v1/runs/${id}/output?from=${output.nextCursor}`)).body;
    expect([more.data.map(({ text }) => text), more.nextCursor]).toEqual([['two', 'three'], null]);
  });

  it('tells of results and diff once they are there', async () => {
    const open: Criterion = {
      ...{ list: 'checklist', number: 1, text: 'It holds' },
      evidence: { state: 'unproven', note: null },
    };
    const { id } = await newRun(under, client);
    for (const what of ['results', 'diff'])
      expect(problemOf(await client.get(`/v1/runs/${id}/${what}`))).toEqual(problem(404, 'not_found'));
    await under.test.database.transaction(async (tx) => {
      await keepResults(tx, id, { text: '# Results\n', criteria: [open] });
      await keepDiff(tx, id, 'diff --git a/x b/x\n');
    });
    const results = await client.get<string>(`/v1/runs/${id}/results`);
    expect([results.headers.get('content-type'), results.body]).toEqual([
      'text/markdown; charset=utf-8',
      '# Results\n',
    ]);
    const criteria = await client.get(`/v1/runs/${id}/criteria`);
    expect([criteria.status, criteria.body]).toEqual([200, { data: [open], nextCursor: null }]);
    expect(problemOf(await stranger.get(`/v1/runs/${id}/criteria`))).toEqual(problem(404, 'not_found'));
    const diff = await client.get<string>(`/v1/runs/${id}/diff`);
    expect([diff.headers.get('content-type'), diff.body]).toEqual([
      'text/x-diff; charset=utf-8',
      'diff --git a/x b/x\n',
    ]);
  });

  it('shows the conversation', async () => {
    const { id, teamId } = await newRun(under, client);
    await under.test.database.prisma.turn.create({
      data: { runId: id, teamId, number: 1, kind: 'step', prompt: 'Do it.', reply: 'Done.' },
    });
    const { data } = (await client.get<List<Turn>>(`/v1/runs/${id}/conversation`)).body;
    expect(data).toMatchObject([{ number: 1, prompt: 'Do it.', reply: 'Done.' }]);
  });
});

describe('someone else’s run', () => {
  const reads = [
    '',
    '/steps',
    '/events',
    '/events/stream',
    '/output',
    '/conversation',
    '/results',
    '/diff',
    '/questions',
  ];
  const writes = ['/cancel', '/pause', '/resume', '/steps/1/retry', '/steps/1/skip', '/steps/1/approve'];

  it.each(reads)('GET %s is not found', async (path) => {
    const { id } = await newRun(under, stranger);
    for (const run of [id, randomUUID(), 'x'])
      expect(problemOf(await client.get(`/v1/runs/${run}${path}`))).toEqual(problem(404, 'not_found'));
  });

  it.each(writes)('POST %s is not found and changes nothing', async (path) => {
    const before = await newRun(under, stranger);
    expect(problemOf(await client.post(`/v1/runs/${before.id}${path}`))).toEqual(problem(404, 'not_found'));
    expect((await stranger.get(`/v1/runs/${before.id}`)).body).toEqual(before);
  });

  it('cannot be answered, nor its questions be seen', async () => {
    const { run, questions } = await block(under, client, ['Which?']);
    const body = { answers: [{ questionId: questions[0], answer: 'a' }] };
    expect(problemOf(await stranger.post(`/v1/runs/${run.id}/answers`, body))).toEqual(problem(404, 'not_found'));
    expect((await stranger.get<List<Question>>('/v1/questions')).body.data).toEqual([]);
    expect((await stranger.get<List<Question>>(`/v1/questions?runId=${run.id}`)).body.data).toEqual([]);
  });
});

describe('moving a run', () => {
  it('goes round: paused, resumed, cancelled', async () => {
    const { id } = await newRun(under, client);
    const states: unknown[] = [];
    for (const verb of ['pause', 'resume', 'cancel']) {
      const { status, body } = await client.post<Run>(`/v1/runs/${id}/${verb}`);
      states.push([status, body.status, body.waitReason]);
    }
    expect(states).toEqual([
      [200, 'paused', 'person'],
      [200, 'queued', 'slot'],
      [200, 'cancelled', null],
    ]);
  });

  it('refuses what is not possible', async () => {
    const { id } = await newRun(under, client);
    expect(problemOf(await client.post(`/v1/runs/${id}/resume`))).toEqual(problem(409, 'wrong_transition'));
    await client.post(`/v1/runs/${id}/cancel`);
    for (const verb of ['cancel', 'pause', 'resume', 'steps/1/skip'])
      expect(problemOf(await client.post(`/v1/runs/${id}/${verb}`))).toEqual(problem(409, 'wrong_transition'));
  });

  it('asks the executor that holds it', async () => {
    const { id } = await newRun(under, client);
    await take(under, id);
    const { status, body } = await client.post<Run>(`/v1/runs/${id}/cancel`);
    expect([status, body.status]).toEqual([202, 'running']);
    expect((await under.test.database.prisma.run.findUniqueOrThrow({ where: { id } })).request).toBe('cancel');
  });

  it('skips and retries steps of a run at rest', async () => {
    const { run } = await block(under, client, ['Which?']);
    expect(problemOf(await client.post(`/v1/runs/${run.id}/steps/9/skip`))).toEqual(problem(404, 'not_found'));
    expect(problemOf(await client.post(`/v1/runs/${run.id}/steps/%00/skip`))).toEqual(problem(404, 'not_found'));
    expect(problemOf(await client.post(`/v1/runs/${run.id}/steps/2/approve`))).toEqual(
      problem(409, 'wrong_transition'),
    );
    expect((await client.post<Run>(`/v1/runs/${run.id}/steps/1/skip`)).body.status).toBe('queued');
    const { data } = (await client.get<List<Step>>(`/v1/runs/${run.id}/steps`)).body;
    expect(data[0]?.status).toBe('skipped');
    const other = await block(under, client, ['Which?']);
    expect((await client.post<Run>(`/v1/runs/${other.run.id}/steps/1/retry`)).status).toBe(200);
  });
});
