import { startOfflineModel, type OfflineModel } from '../index';
import { agentPlace, runClaude, saidIn, type AgentPlace, type AgentRun } from '../testing/run-claude';

/** How each fault ends a turn of the real agent. The figures are the contract that an upgrade of it must keep. */
describe('the real agent on a scripted model', () => {
  let model: OfflineModel;
  let place: AgentPlace;
  beforeEach(async () => {
    model = await startOfflineModel({ mode: 'script' });
    place = await agentPlace();
  });
  afterEach(async () => {
    await model.stop();
    await place.remove();
  });

  const turns = (...blocks: unknown[][]): void => model.setScript({ turns: blocks.map((each) => ({ blocks: each })) });
  const run = (env: Record<string, string> = {}, ...more: string[]): Promise<AgentRun> =>
    runClaude({ url: model.url, place, prompts: ['first', ...more], env });
  const notes = (): (string | undefined)[] => model.requests().flatMap(({ message, note }) => (message ? [note] : []));

  it('uses its tools as the script says, and goes on with the next turn', async () => {
    turns(
      [{ text: 'I look. ', chunks: 3 }, { tool: 'Bash', input: { command: 'echo seen-it' } }, { text: 'Done.' }],
      [{ text: 'Second.' }],
    );
    const done = await run({}, 'second');
    expect(done).toMatchObject({ exitCode: 0, results: [{ result: 'Done.' }, { result: 'Second.' }] });
    expect(saidIn(done)).toBe('I look. Done.Second.');
    expect(model.requests().at(-2)?.message?.results).toEqual([{ tool: 'Bash', text: 'seen-it', isError: false }]);
    expect(notes()).toEqual(['turn 0 response 0', 'turn 0 response 1', 'turn 1 response 0']);
  });

  it('knows where a resumed session stands, also on a model that has been started again', async () => {
    const script = { turns: [{ blocks: [{ text: 'One.' }] }, { blocks: [{ text: 'Two.' }] }] };
    const id = '3f0c2a52-6a3e-4c0e-9d5a-0a51d5a3c9b1';
    model.setScript(script);
    await runClaude({ url: model.url, place, prompts: ['first'], args: ['--session-id', id] });
    await model.stop();
    model = await startOfflineModel({ mode: 'script', script });
    const resumed = await runClaude({ url: model.url, place, prompts: ['second'], args: ['--resume', id] });
    expect(resumed.results).toMatchObject([{ result: 'Two.' }]);
  });

  it.each([
    ['429', 429, 2],
    ['529', 529, 2],
    ['500', 500, 2],
    ['401', 401, 2],
  ])('%s: tried again, then "success" with is_error, exit 1', async (fault, status, requests) => {
    turns([{ fault }]);
    const done = await run();
    expect(done).toMatchObject({
      exitCode: 1,
      results: [{ subtype: 'success', is_error: true, terminal_reason: 'api_error', api_error_status: status }],
    });
    expect(notes()).toHaveLength(requests);
    expect(done.events.filter(({ subtype }) => subtype === 'api_retry')).toHaveLength(requests - 1);
  });

  it('400: ends with is_error, exit 1, without api_retry', async () => {
    turns([{ fault: '400' }]);
    const done = await run();
    expect(done).toMatchObject({
      exitCode: 1,
      results: [{ subtype: 'success', is_error: true, api_error_status: 400 }],
    });
    expect(done.events.some(({ subtype }) => subtype === 'api_retry')).toBe(false);
  });

  it.each(['garbage', 'cut_stream'])(
    '%s: asked again without streaming, then is_error without a status, exit 1',
    async (fault) => {
      turns([{ text: 'some words' }, { fault }]);
      const done = await run();
      expect(done).toMatchObject({
        exitCode: 1,
        results: [{ is_error: true, terminal_reason: 'api_error', api_error_status: null }],
      });
      expect(model.requests().at(-1)?.message?.stream).toBe(false);
    },
  );

  it('silence: the API time-out ends it, exit 1', async () => {
    turns([{ fault: 'silence' }]);
    const done = await run({ API_TIMEOUT_MS: '500', CLAUDE_CODE_MAX_RETRIES: '0' });
    expect(done).toMatchObject({ exitCode: 1, results: [{ is_error: true, api_error_status: null }] });
  });

  it('silence within a stream: nothing comes, no time-out ends it, the supervisor must', async () => {
    turns([{ text: 'some words' }, { fault: 'silence' }]);
    const done = await runClaude({
      url: model.url,
      place,
      prompts: ['first'],
      env: { API_TIMEOUT_MS: '500' },
      limitMs: 4000,
    });
    expect(done).toMatchObject({ exitCode: null, results: [] });
  });

  it('empty: asked once more, then success without one word of the model, exit 0', async () => {
    turns([{ fault: 'empty' }]);
    const done = await run();
    expect(done).toMatchObject({ exitCode: 0, results: [{ subtype: 'success', is_error: false, result: '' }] });
    expect(saidIn(done)).toBe('');
  });

  it('session_limit with a login: a rate_limit_event with the reset, at once, exit 1', async () => {
    turns([{ fault: 'session_limit', resetAt: 1_999_999_999 }]);
    const done = await run({ ANTHROPIC_API_KEY: '', CLAUDE_CODE_OAUTH_TOKEN: 'not-a-token' });
    expect(done).toMatchObject({
      exitCode: 1,
      results: [{ is_error: true, api_error_status: 429, result: expect.stringContaining('resets') }],
    });
    expect(done.events.find(({ type }) => type === 'rate_limit_event')?.rate_limit_info).toMatchObject({
      status: 'rejected',
      resetsAt: 1_999_999_999,
    });
    expect(notes()).toHaveLength(1);
  });

  it('lets the retry through after the given number of faults', async () => {
    turns([{ fault: '529', times: 1 }, { text: 'Now.' }]);
    expect((await run()).results).toMatchObject([{ is_error: false, result: 'Now.' }]);
  });

  it('takes the next prompt after an error: the process lives on, and only the last result counts for its exit', async () => {
    turns([{ fault: '400' }], [{ text: 'Fine.' }]);
    expect(await run({}, 'second')).toMatchObject({
      exitCode: 0,
      results: [{ is_error: true }, { is_error: false, result: 'Fine.' }],
    });
  });
});
