import { startOfflineModel, type OfflineModel } from '../index';

/** The protocol itself, without the agent. */
describe('the Messages API', () => {
  let model: OfflineModel;
  beforeEach(async () => {
    model = await startOfflineModel({ mode: 'script' });
  });
  afterEach(() => model.stop());

  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${model.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const ask = {
    model: 'some-model',
    max_tokens: 100,
    tools: [{ name: 'Bash' }],
    messages: [{ role: 'user', content: 'hello' }],
  };

  it('streams text in pieces and a tool call, in the order of the API', async () => {
    model.setScript({
      turns: [
        {
          blocks: [
            { text: 'héllo', chunks: 2 },
            { tool: 'Bash', input: { command: 'ls' } },
          ],
        },
      ],
    });
    const body = await (await post('/v1/messages', { ...ask, stream: true })).text();
    const events = body
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)) as Record<string, object>);
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events[2]?.delta).toEqual({ type: 'text_delta', text: 'hél' });
    expect(events[6]?.delta).toEqual({ type: 'input_json_delta', partial_json: '{"command":"ls"}' });
    expect(events[8]).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: { output_tokens: expect.any(Number) },
    });
  });

  it('answers in one body without stream', async () => {
    model.setScript({ turns: [{ blocks: [{ text: 'a' }, { text: 'b' }] }] });
    const message: unknown = await (await post('/v1/messages', ask)).json();
    expect(message).toMatchObject({
      role: 'assistant',
      content: [{ type: 'text', text: 'ab' }],
      stop_reason: 'end_turn',
      model: 'some-model',
    });
  });

  it('keeps the script for the main conversation', async () => {
    model.setScript({ turns: [{ blocks: [{ text: 'main' }] }] });
    await post('/v1/messages', { ...ask, tools: [], system: 'Write a title for this session' });
    await post('/v1/messages', ask);
    expect(model.requests().map(({ note }) => note)).toEqual(['title', 'turn 0 response 0']);
  });

  it('counts tokens, answers probes, and refuses what is no request', async () => {
    expect(await (await post('/v1/messages/count_tokens', ask)).json()).toEqual({ input_tokens: expect.any(Number) });
    expect((await fetch(model.url, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${model.url}/v1/models`)).status).toBe(200);
    const refused = await post('/v1/messages', { model: 'm' });
    expect([refused.status, await refused.json()]).toEqual([400, expect.objectContaining({ type: 'error' })]);
  });

  it('takes a new script over HTTP and names what is wrong with it', async () => {
    const put = (body: unknown) =>
      fetch(`${model.url}/_lockstep/script`, { method: 'PUT', body: JSON.stringify(body) });
    expect((await put({ turns: [{ blocks: [{ text: 'new' }] }] })).status).toBe(204);
    const refused = await put({ turns: 1 });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('turns')]);
    await post('/v1/messages', ask);
    const recorded: unknown = await (await fetch(`${model.url}/_lockstep/requests`)).json();
    expect(recorded).toMatchObject([{ message: { kind: 'main', prompt: 'hello', tools: ['Bash'] } }]);
  });

  it('says what to do about a port that is in use, and stops twice', async () => {
    const port = Number(new URL(model.url).port);
    await expect(startOfflineModel({ mode: 'follow', port })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('--port 0'),
    });
    await model.stop();
    await expect(model.stop()).resolves.toBeUndefined();
  });
});
