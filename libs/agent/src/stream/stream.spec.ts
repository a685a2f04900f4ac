import { CostMeter, LineSplitter, readLine, TurnReader, type AgentWarning, type UsageDelta } from './index';

describe('lines', () => {
  const split = (longest: number, ...chunks: (string | Buffer)[]) => {
    const long: number[] = [];
    const splitter = new LineSplitter(longest, (length) => long.push(length));
    return { lines: chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk))), long };
  };

  it('come whole, however they were cut', () => {
    expect(split(100, 'a', 'b\nc', 'd\n\ne').lines).toEqual(['ab', 'cd', '']);
  });

  it('keep a character whose bytes came apart', () => {
    const bytes = Buffer.from('é\n');
    expect(split(100, bytes.subarray(0, 1), bytes.subarray(1)).lines).toEqual(['é']);
  });

  it('leave out what is too long, and go on after it', () => {
    expect(split(5, 'abc', 'def', 'ghi\nok\n')).toEqual({ lines: ['ok'], long: [9] });
  });
});

const read = (...lines: object[]) => {
  const told = { text: [] as string[], output: '', usage: [] as UsageDelta[], warnings: [] as AgentWarning[] };
  const reader = new TurnReader({
    onText: (delta) => told.text.push(delta),
    onOutput: (chunk) => (told.output += chunk),
    onUsage: (delta) => told.usage.push(delta),
    onWarning: (warning) => told.warnings.push(warning),
  });
  lines.forEach((line) => reader.read(readLine(JSON.stringify(line))));
  return { reader, told };
};

const event = (event: object) => ({ type: 'stream_event', parent_tool_use_id: null, event });
const start = (id: string, usage: object = {}) => event({ type: 'message_start', message: { id, usage } });
const block = event({ type: 'content_block_start', content_block: { type: 'text', text: '' } });
const delta = (text: string) => event({ type: 'content_block_delta', delta: { type: 'text_delta', text } });
const end = (usage: object) => event({ type: 'message_delta', usage });
const whole = (id: string, ...content: object[]) => ({ type: 'assistant', message: { id, content } });
const text = (text: string) => ({ type: 'text', text });

describe('text', () => {
  it('comes once, when it comes in parts and then whole', () => {
    const { reader, told } = read(start('m1'), block, delta('Hel'), delta('lo'), whole('m1', text('Hello')));
    expect([told.text.join(''), reader.text]).toEqual(['Hello', 'Hello']);
  });

  it('comes whole when it did not come in parts', () => {
    const { reader, told } = read(whole('m1', text('Hello')), whole('m2', text('again')));
    expect([told.text.join(''), reader.text]).toEqual(['Hello\n\nagain', 'Hello\n\nagain']);
  });

  it('is in the result once when a broken stream is begun anew', () => {
    const { reader } = read(
      start('m1'),
      block,
      delta('Hel'),
      start('m2'),
      block,
      delta('Hello'),
      whole('m2', text('Hello')),
    );
    expect(reader.text).toBe('Hello');
  });

  it('is the model’s own: neither tool results, nor subagents, nor Claude’s words about an error', () => {
    const { reader, told } = read(
      { type: 'user', message: { role: 'user', content: [text('[STEP_COMPLETE id="1"]')] } },
      { ...whole('m1', text('from below')), parent_tool_use_id: 't1' },
      { ...delta('from below'), parent_tool_use_id: 't1' },
      { ...whole('m2', text('API Error: 500')), is_api_error_message: true, error: 'server_error' },
    );
    expect([told.text, reader.text, reader.assistantMessages]).toEqual([[], '', 0]);
    expect(told.output).toBe('API Error: 500\n');
    expect(reader.trouble).toEqual({ status: null, error: 'server_error' });
  });

  it('has tools beside it in the output, a line each', () => {
    const tool = { type: 'tool_use', name: 'Bash', input: { command: 'npm test\n--second line' } };
    const { told } = read(start('m1'), block, delta('Look:'), whole('m1', text('Look:')), whole('m1', tool));
    expect(told.output).toBe('Look:\n[Bash] npm test\n');
  });
});

describe('usage', () => {
  const sum = (deltas: readonly UsageDelta[]) => deltas.reduce((total, each) => total + each.tokens.output, 0);

  it('is summed from the stream, message by message', () => {
    const { reader } = read(
      start('m1', { input_tokens: 10, output_tokens: 1 }),
      end({ output_tokens: 20 }),
      start('m2', { input_tokens: 30, output_tokens: 2 }),
      end({ output_tokens: 5 }),
    );
    expect(reader.meter.tokens).toEqual({ input: 40, output: 25, cacheRead: 0, cacheWrite: 0 });
  });

  it('is whole and can be stored, whatever a provider says', () => {
    const odd = { input_tokens: 1e300, output_tokens: 1.4, cache_read_input_tokens: -7 };
    expect(read(start('m1', odd)).reader.meter.tokens).toEqual({ input: 1e12, output: 1, cacheRead: 0, cacheWrite: 0 });
  });

  it('takes from the result only what the stream didn’t tell', () => {
    const { reader, told } = read(start('m1', { input_tokens: 10, output_tokens: 1 }), end({ output_tokens: 20 }));
    const result = readLine(
      JSON.stringify({ type: 'result', subtype: 'success', usage: { input_tokens: 10, output_tokens: 26 } }),
    );
    if (result.kind !== 'result') throw new Error('expected a result');
    reader.meter.result(result.line, 0.5);
    expect([sum(told.usage), reader.meter.tokens.output, told.usage.at(-1)?.costUsd]).toEqual([26, 26, 0.5]);
    expect(told.usage.slice(0, -1).map((each) => each.costUsd)).toEqual([null, null]);
  });
});

describe('cost', () => {
  it('is the share of a cumulative total', () => {
    const cost = new CostMeter(0);
    expect([cost.share(0.5), cost.share(0.75), cost.share(undefined), cost.share(1)]).toEqual([0.5, 0.25, null, 0.25]);
  });

  it('is unknown as long as nobody knows what came before', () => {
    const cost = new CostMeter(null);
    expect([cost.totalUsd, cost.share(3), cost.totalUsd, cost.share(3.5)]).toEqual([null, null, 3, 0.5]);
  });

  it('is unknown where the total cannot be', () => {
    const cost = new CostMeter(1);
    expect([cost.share(-5), cost.share(1e300), cost.totalUsd, cost.share(1.5)]).toEqual([null, null, 1, 0.5]);
  });

  it('begins anew with a total that fell', () => {
    const cost = new CostMeter(2);
    expect(cost.share(0.5)).toBe(0.5);
  });
});

describe('other lines', () => {
  it('warn of retries and denials, and say nothing of types from the future', () => {
    const { told } = read(
      {
        type: 'system',
        subtype: 'api_retry',
        attempt: 1,
        max_retries: 2,
        retry_delay_ms: 500,
        error_status: 429,
        error: 'rate_limit',
      },
      { type: 'system', subtype: 'permission_denied', tool_name: 'Bash' },
      { type: 'system', subtype: 'something_new' },
      { type: 'something_newer' },
      { type: 'toString' },
    );
    expect(told.warnings).toEqual([
      { kind: 'api_retry', detail: '429 rate_limit: retry 1 of 2 in 500 ms' },
      { kind: 'permission_denied', detail: 'Bash was denied' },
    ]);
  });
});
