import { randomUUID } from 'node:crypto';
import type { Question, Run } from '@lockstep/contracts';
import { problem, problemOf, startApi, type ApiUnderTest, type Client } from '../testing/api-under-test';
import { block } from '../testing/driving';
import { newRun } from '../testing/fixtures';

let under: ApiUnderTest;
let client: Client;
beforeAll(async () => {
  under = await startApi();
  client = await under.client();
});
afterAll(() => under.stop());

interface List<T> {
  readonly data: T[];
}

describe('answering', () => {
  it('goes on with the last open blocker; the first answer counts', async () => {
    const { run, questions } = await block(under, client, ['A?', 'B?']);
    const listed = (await client.get<List<Question>>(`/v1/runs/${run.id}/questions`)).body.data;
    expect(listed.map(({ text, status, options }) => [text, status, options])).toEqual([
      ['A?', 'open', ['yes', 'no']],
      ['B?', 'open', ['yes', 'no']],
    ]);
    const answer = (at: number, text = 'yes') =>
      client.post<{ resumed: boolean; run: Run }>(`/v1/runs/${run.id}/answers`, {
        answers: [{ questionId: questions[at], answer: text }],
      });
    expect((await answer(0)).body).toMatchObject({ resumed: false, run: { status: 'blocked' } });
    expect(problemOf(await answer(0, 'no'))).toEqual(problem(409, 'already_answered'));
    expect((await answer(1)).body).toMatchObject({ resumed: true, run: { status: 'queued' } });
    const open = (await client.get<List<Question>>(`/v1/questions?state=open&runId=${run.id}`)).body.data;
    const answeredOnes = (await client.get<List<Question>>(`/v1/questions?state=answered&runId=${run.id}`)).body.data;
    expect([open, answeredOnes.map(({ answer: text }) => text)]).toEqual([[], ['yes', 'yes']]);
  });

  it('lets one of two people win', async () => {
    const { run, questions } = await block(under, client, ['A?']);
    const body = { answers: [{ questionId: questions[0], answer: 'yes' }] };
    const replies = await Promise.all([1, 2, 3].map(() => client.post(`/v1/runs/${run.id}/answers`, body)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it('is all or nothing', async () => {
    const { run, questions } = await block(under, client, ['A?']);
    const reply = await client.post(`/v1/runs/${run.id}/answers`, {
      answers: [
        { questionId: questions[0], answer: 'yes' },
        { questionId: randomUUID(), answer: 'yes' },
      ],
    });
    expect(problemOf(reply)).toEqual(problem(404, 'not_found'));
    expect((await client.get<List<Question>>(`/v1/questions?state=open&runId=${run.id}`)).body.data).toHaveLength(1);
  });

  it.each([{}, { answers: [] }, { answers: [{ questionId: 'x', answer: '' }] }, { answers: [], extra: 1 }])(
    'refuses %j',
    async (body) => {
      const { id } = await newRun(under, client);
      expect(problemOf(await client.post(`/v1/runs/${id}/answers`, body))).toEqual(problem(422, 'invalid_body'));
    },
  );

  it('refuses text that cannot be stored', async () => {
    const { run, questions } = await block(under, client, ['A?']);
    for (const answer of ['a\u0000b', 'a\ud800b'])
      expect(
        problemOf(await client.post(`/v1/runs/${run.id}/answers`, { answers: [{ questionId: questions[0], answer }] })),
      ).toEqual(problem(422, 'invalid_body'));
  });
});
