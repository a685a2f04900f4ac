import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '@lockstep/supervise';
import { openConversation, probeClaude, type AgentWarning, type ConversationOptions } from './index';

/** A program in Claude's place, for the ends that the real one can't be made to come to: it speaks the lines it is given. */
let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'fake-claude-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const fake = async (code: string): Promise<string> => {
  const path = join(folder, `claude-${randomUUID()}`);
  await writeFile(path, `#!${process.execPath}\nconst say = (line) => console.log(JSON.stringify(line));\n${code}\n`);
  await chmod(path, 0o755);
  return path;
};

const init = `say({ type: 'system', subtype: 'init', session_id: 's' });`;
const assistant = (text: string) =>
  `say({ type: 'assistant', message: { id: String(Math.random()), content: [{ type: 'text', text: ${JSON.stringify(text)} }] } });`;
const success = `say({ futureField: 1, subtype: 'success', is_error: false, total_cost_usd: 0.5, type: 'result' });`;
const onPrompt = (body: string) =>
  `process.stdin.on('data', () => { ${body} }); process.stdin.on('end', () => process.exit(0));`;

const open = async (
  code: string,
  limits: ConversationOptions['limits'] = {},
  more: Partial<ConversationOptions> = {},
) => {
  const told = { text: '', warnings: [] as AgentWarning[] };
  const conversation = openConversation({
    bin: await fake(code),
    cwd: folder,
    env: { PATH: '/usr/bin:/bin' },
    arguments: { sessionId: randomUUID(), resume: false, stage: 'implementation' },
    isolation: 'namespace',
    marker: randomUUID(),
    limits: { initMs: 8_000, idleMs: 8_000, turnMs: 8_000, closeMs: 300, graceMs: 200, ...limits },
    listener: { onText: (delta) => (told.text += delta), onWarning: (warning) => told.warnings.push(warning) },
    ...more,
  });
  return { conversation, told, pids: () => conversation.processes() };
};

describe('silence', () => {
  it('from the start', async () => {
    const { conversation } = await open(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`, {
      initMs: 300,
    });
    const turn = conversation.turn('begin');
    await expect(turn).resolves.toMatchObject({
      outcome: 'silent',
      resumable: false,
      detail: expect.stringContaining('start'),
    });
    expect(conversation.open).toBe(false);
    expect(conversation.processes()).toEqual([]);
  });

  it('in the middle', async () => {
    const { conversation } = await open(onPrompt(init + assistant('Half')), { idleMs: 400 });
    await expect(conversation.turn('begin')).resolves.toMatchObject({
      outcome: 'silent',
      text: 'Half',
      resumable: true,
      costUsd: null,
    });
  });

  it('after the last turn: it is ended when it doesn’t go', async () => {
    const { conversation, pids } = await open(
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);${onPrompt(init + assistant('x') + success).replace('process.exit(0)', '0')}`,
    );
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'completed', costUsd: 0.5 });
    const left = pids();
    await expect(conversation.close()).resolves.toMatchObject({ kind: 'terminated' });
    expect(left.filter(isRunning)).toEqual([]);
  });
});

describe('an exit', () => {
  it('without a word', async () => {
    const { conversation } = await open('process.exit(0)');
    const result = {
      outcome: 'exited',
      resumable: false,
      usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      costUsd: null,
    };
    await expect(conversation.turn('begin')).resolves.toMatchObject(result);
    await expect(conversation.turn('again')).resolves.toMatchObject(result);
  });

  it('in the middle of a turn, with words on stderr', async () => {
    const { conversation } = await open(
      onPrompt(`${init} console.error('out of luck'); process.exitCode = 7; process.stdin.destroy();`),
    );
    const detail = 'the process ended with status 7; out of luck';
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'exited', resumable: true, detail });
  });

  it('with 0 and an error in its result', async () => {
    const { conversation } = await open(
      onPrompt(
        `${init} say({ type: 'result', subtype: 'success', is_error: true, terminal_reason: 'api_error' }); process.exit(0)`,
      ),
    );
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'api_error' });
  });

  it('by never starting', async () => {
    const { conversation } = await open('', {}, { bin: join(folder, 'nothing-here') });
    const result = { outcome: 'not_started', resumable: false, detail: expect.stringContaining('nothing-here') };
    await expect(conversation.turn('begin')).resolves.toMatchObject(result);
  });
});

describe('output', () => {
  it('of lines beyond a megabyte, unknown types, odd shapes and things that are no JSON', async () => {
    const big = `say({ type: 'user', message: { content: 'x'.repeat(3_000_000) } });`;
    const odd = `say({ type: 'from_the_future', a: 1 }); say([1]); say({ type: 'assistant', message: 'not an object' }); console.log('plain words');`;
    const { conversation, told } = await open(onPrompt(init + big + odd + assistant('Fine.') + success));
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'completed', text: 'Fine.' });
    expect(told.text).toBe('Fine.');
    expect(told.warnings).toEqual([{ kind: 'unparsed_line', detail: 'plain words' }]);
    await conversation.close();
  });

  it('without end', async () => {
    const { conversation } = await open(
      onPrompt(`${init} setInterval(() => say({ type: 'noise', x: 'x'.repeat(100_000) }), 1)`),
      { outputBytes: 2_000_000 },
    );
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'flooded' });
  });

  it('of a result that no turn waits for', async () => {
    const late = `setTimeout(() => { ${init} ${success} }, 50)`;
    const { conversation, told } = await open(onPrompt(init + assistant('One.') + success + late));
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'completed', costUsd: 0.5 });
    while (told.warnings.length === 0) await new Promise(setImmediate);
    expect(told.warnings).toMatchObject([{ kind: 'stray_result' }]);
    await conversation.close();
  });
});

describe('a prompt', () => {
  it('that is too large is refused as a value, and the process goes on', async () => {
    const { conversation } = await open(onPrompt(init + assistant('ok') + success));
    const result = { outcome: 'prompt_too_large', detail: expect.stringContaining('file') };
    await expect(conversation.turn('ä'.repeat(60_000))).resolves.toMatchObject(result);
    await expect(conversation.turn('short')).resolves.toMatchObject({ outcome: 'completed' });
    await conversation.close();
  });

  it('while another is under way is the caller’s fault', async () => {
    const { conversation } = await open(onPrompt(init));
    const first = conversation.turn('one');
    await expect(conversation.turn('two')).rejects.toMatchObject({ code: 'internal' });
    await conversation.terminate('enough');
    await expect(first).resolves.toMatchObject({ outcome: 'interrupted' });
  });

  it('of a resumed session whose cost nobody knows has an unknown cost, the next one a known', async () => {
    const costs = `let n = 0; const next = () => say({ type: 'result', subtype: 'success', total_cost_usd: 2 + 0.25 * n++ });`;
    const resumed = { sessionId: randomUUID(), resume: true, stage: 'implementation' } as const;
    const { conversation } = await open(
      costs + onPrompt(`${init}${assistant('ok')} next();`),
      {},
      { arguments: resumed },
    );
    await expect(conversation.turn('one')).resolves.toMatchObject({ costUsd: null, sessionCostUsd: 2 });
    await expect(conversation.turn('two')).resolves.toMatchObject({ costUsd: 0.25, sessionCostUsd: 2.25 });
    await conversation.close();
  });
});

describe('probing the binary', () => {
  it('tells what to do when there is none', async () => {
    const fault = { code: 'agent_unavailable', message: expect.stringMatching(/nowhere.*CLAUDE_BIN/) };
    await expect(probeClaude(join(folder, 'nowhere'))).rejects.toMatchObject(fault);
  });

  it('tells what it said when it is no Claude', async () => {
    const bin = await fake(`console.error('cannot do'); process.exit(3)`);
    const fault = { code: 'agent_unavailable', message: expect.stringContaining('cannot do') };
    await expect(probeClaude(bin)).rejects.toMatchObject(fault);
  });

  it('tells the version', async () => {
    const bin = await fake(`console.log('2.9.1 (Claude Code)')`);
    await expect(probeClaude(bin)).resolves.toEqual({ bin, version: '2.9.1' });
  });
});
