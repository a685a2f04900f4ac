import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TurnOutcome } from '../index';
import { bash, ContractRig, say } from './contract-rig';

/**
 * What Lockstep relies on in the real binary, against a scripted model: an upgrade of Claude has to pass it. Each row of the
 * table of endings is produced here and has to map to its outcome.
 */
let rig: ContractRig;

beforeAll(async () => {
  rig = await ContractRig.start();
});
afterEach(() => rig.endConversations());
afterAll(() => rig.stop());

describe('a turn that ends well', () => {
  it('tells text once, output, usage and cost, over several turns of one process', async () => {
    await rig.script(
      say({ text: 'First, ', chunks: 3 }, bash('echo 12 > made'), { text: 'then done.' }),
      say({ text: 'Second turn.' }),
    );
    const { conversation, told, cwd } = await rig.open();
    const first = await conversation.turn('begin');
    expect(first).toMatchObject({ outcome: 'completed', text: 'First, \n\nthen done.', resumable: true, detail: '' });
    expect(told.text).toBe('First, \n\nthen done.');
    expect(told.output).toContain('[Bash] echo 12 > made\n');
    await expect(readFile(join(cwd, 'made'), 'utf8')).resolves.toBe('12\n');
    const [processId] = conversation.processes();
    const second = await conversation.turn('go on');
    expect(second).toMatchObject({ outcome: 'completed', text: 'Second turn.' });
    expect(conversation.processes()[0]).toBe(processId);
    expect(second.costUsd).toBeGreaterThan(0);
    expect(second.sessionCostUsd).toBeCloseTo((first.costUsd ?? NaN) + (second.costUsd ?? NaN), 9);
    const output = told.usage.reduce((sum, each) => sum + each.tokens.output, 0);
    expect(output).toBe(first.usage.output + second.usage.output);
    await expect(conversation.close()).resolves.toMatchObject({ kind: 'exited', exitCode: 0 });
    expect(conversation.processes()).toEqual([]);
  });

  it('keeps the key out of the agent’s sight and adds it on the way', async () => {
    await rig.script(say(bash('env; cat /proc/*/environ 2>/dev/null | tr "\\0" "\\n"'), { text: 'looked' }));
    const { conversation } = await rig.open();
    await expect(conversation.turn('look')).resolves.toMatchObject({ outcome: 'completed' });
    const { results } = await rig.lastMessage();
    expect(results[0]?.text).toContain('CLAUDE_CONFIG_DIR=');
    expect(JSON.stringify(results)).not.toContain(rig.key);
  });

  it('offers the stage’s tools and no others', async () => {
    // The placeholder stands where tools would be that are loaded later; it can't be called.
    const offered = async () =>
      [...(await rig.lastMessage()).tools].filter((tool) => tool !== 'DeferredToolPlaceholder').sort();
    await rig.script(say({ text: 'ok' }), say({ text: 'ok' }));
    await (await rig.open()).conversation.turn('build');
    await expect(offered()).resolves.toEqual(['Bash', 'Edit', 'Glob', 'Grep', 'Read', 'Write']);
    await (await rig.open({ arguments: { stage: 'plan_review' } })).conversation.turn('review');
    await expect(offered()).resolves.toEqual(['Glob', 'Grep', 'Read']);
  });

  it('takes the model, the system prompt and a prompt that looks like a command or a file mention', async () => {
    await rig.script(say({ text: 'ok' }));
    const room = await rig.makeRoom();
    await writeFile(join(room.cwd, 'secret.txt'), 'contents of the mentioned file');
    const { conversation } = await rig.open({
      room,
      arguments: { model: 'claude-haiku-4-5', appendSystemPrompt: 'Mind the gap.' },
    });
    await expect(conversation.turn('/compact and @secret.txt')).resolves.toMatchObject({
      outcome: 'completed',
      text: 'ok',
    });
    const message = await rig.lastMessage();
    expect(message).toMatchObject({ model: 'claude-haiku-4-5', promptCount: 1 });
    expect(message.system).toContain('Mind the gap.');
    expect(message.prompt).toContain('/compact and @secret.txt');
    expect(message.prompt).not.toContain('contents of the mentioned file');
  });
});

describe('errors of the API', () => {
  const reset = 4_000_000_000;
  it.each<[string, object, TurnOutcome, object]>([
    ['401', {}, 'auth_failed', {}],
    ['429', { retryAfter: 90 }, 'rate_limited', { retryAfterMs: 90_000 }],
    ['session_limit', { resetAt: reset }, 'session_limit', { resetAt: reset * 1_000 }],
    ['500', {}, 'api_error', {}],
    ['529', {}, 'overloaded', {}],
    ['400', {}, 'api_rejected', { detail: expect.stringContaining('400') }],
    ['garbage', {}, 'api_error', {}],
    ['cut_stream', {}, 'api_error', {}],
    ['silence', {}, 'api_error', { detail: expect.stringMatching(/timed out/i) }],
    ['empty', {}, 'empty', {}],
  ])('%s', async (fault, more, outcome, result) => {
    await rig.script(say({ fault, ...more }), say({ text: 'Here again.' }));
    const { conversation, told } = await rig.open({
      environment: { apiTimeoutMs: fault === 'silence' ? 1_500 : 20_000 },
    });
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome, text: '', resumable: true, ...result });
    expect(told.text).toBe('');
    await expect(conversation.turn('again')).resolves.toMatchObject({ outcome: 'completed', text: 'Here again.' });
  });

  it('reports a throttle that Claude retries by itself', async () => {
    await rig.script(say({ fault: '429', times: 1 }, { text: 'Went through.' }));
    rig.refusals.length = 0;
    const { conversation, told } = await rig.open({ environment: { maxRetries: 2 } });
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'completed', text: 'Went through.' });
    expect(told.warnings).toContainEqual({ kind: 'api_retry', detail: expect.stringContaining('429') });
    expect(rig.refusals).toMatchObject([{ status: 429, exhausted: false }]);
  });

  it('ends a revoked run’s requests', async () => {
    await rig.script(say({ text: 'ok' }), say({ text: 'not reached' }));
    const { conversation, runId } = await rig.open();
    await conversation.turn('begin');
    rig.proxy.revoke(runId);
    await expect(conversation.turn('again')).resolves.toMatchObject({ outcome: 'auth_failed' });
  });
});

describe('limits of Claude’s own', () => {
  it('max turns', async () => {
    await rig.script(say(bash('true'), bash('true'), { text: 'done' }));
    const { conversation } = await rig.open({ arguments: { maxTurns: 1 } });
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'max_turns', resumable: true });
  });

  it('budget', async () => {
    await rig.script(say(bash('true'), bash('true'), { text: 'done' }));
    const { conversation } = await rig.open({ arguments: { maxBudgetUsd: 0.000001 } });
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'budget', costUsd: expect.any(Number) });
  });

  it('a denied tool', async () => {
    await rig.script(say(bash('touch made'), { text: 'I could not.' }));
    const { conversation, told, cwd } = await rig.open({ bin: await rig.withFlags('--permission-mode', 'dontAsk') });
    const result = await conversation.turn('begin');
    expect(result).toMatchObject({ outcome: 'permission_denied', detail: 'denied: Bash', text: 'I could not.' });
    expect(told.warnings.map((each) => each.kind)).toContain('permission_denied');
    expect(existsSync(join(cwd, 'made'))).toBe(false);
  });
});

describe('a command line that Claude does not take', () => {
  it('an unknown session', async () => {
    const { conversation } = await rig.open({ arguments: { resume: true } });
    await expect(conversation.turn('begin')).resolves.toMatchObject({ outcome: 'session_unknown', resumable: false });
    await expect(conversation.close()).resolves.toMatchObject({ kind: 'exited', exitCode: 1 });
  });

  it('a session that exists already', async () => {
    await rig.script(say({ text: 'ok' }));
    const room = await rig.makeRoom();
    const first = await rig.open({ room });
    await first.conversation.turn('begin');
    await first.conversation.close();
    const second = await rig.open({ room, arguments: { sessionId: first.conversation.sessionId } });
    await expect(second.conversation.turn('begin')).resolves.toMatchObject({
      outcome: 'session_in_use',
      resumable: true,
    });
  });

  it('an unknown flag', async () => {
    const { conversation } = await rig.open({ bin: await rig.withFlags('--no-such-flag') });
    const result = { outcome: 'bad_arguments', resumable: false, detail: expect.stringContaining('--no-such-flag') };
    await expect(conversation.turn('begin')).resolves.toMatchObject(result);
  });
});
