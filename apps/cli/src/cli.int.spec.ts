import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventEnvelope } from '@lockstep/contracts';
import { waitFor } from '@lockstep/testing';
import { lockstep, start, startDev, type DevProcess, type Ended } from './testing/cli-process';
import { hopeless, makeRepository, step, writePlan } from './testing/plans';

jest.setTimeout(120_000);

interface Line {
  readonly runId: string;
  readonly type?: string;
  readonly seq?: number;
}

const linesOf = ({ out }: Pick<Ended, 'out'>): Line[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('the command against a real dev server', () => {
  let root: string;
  let dev: DevProcess;
  let repository: string;

  beforeAll(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-cli-int-')));
    // Postgres runs as another user where we are root.
    dev = await startDev(root, '--ephemeral');
    repository = makeRepository(join(root, 'shop'));
  });

  afterAll(async () => {
    dev.child.kill('SIGTERM');
    await dev.ended;
    rmSync(root, { recursive: true, force: true });
  });

  const command = (...args: string[]) => lockstep(args, dev.env);
  const run = (plan: string, ...more: string[]) =>
    command('run', plan, '--repo', repository, '--json', '--exit-status', ...more);

  it('is ready with one JSON line, and says that the model is scripted', () => {
    expect(dev.ready).toEqual({
      ready: true,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      feedUrl: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/v1\/feed$/),
      token: expect.stringMatching(/^lst_/),
      dataDir: expect.stringContaining(root),
    });
    expect(dev.err()).toContain('scripted');
  });

  it('runs a plan to its end: the run, then its events as they are, then status 0', async () => {
    const criteria = '\n## Success Criteria\n\n- Step 1 passes\n- It tastes\n';
    const ended = await run(writePlan(root, 'Fruit', step('1', 'apple.txt'), step('2', 'pear.txt'), criteria));
    expect(ended).toMatchObject({ code: 0 });
    const [first, ...events] = linesOf(ended);
    expect(Object.keys(first!)).toEqual(['runId', 'planId', 'branch']);
    events.forEach((event) => expect(eventEnvelope.parse(event).runId).toBe(first!.runId));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(ended.err).toContain('✅ 2 Make pear.txt');

    const watched = await command('watch', first!.runId, '--json', '--exit-status');
    expect(watched.code).toBe(0);
    expect(linesOf(watched)).toEqual(events);

    const results = await command('results', first!.runId);
    expect(results.out).toContain('# Fruit Plan Results');
    const items = await command('results', first!.runId, '--json');
    expect(linesOf(items)).toMatchObject([
      { number: 1, evidence: { state: 'proved', by: 'step', proofs: [{ command: expect.stringContaining('apple') }] } },
      { number: 2, evidence: { state: 'proved', by: 'whole', proofs: [{ command: null }] } },
    ]);

    const next = await run(writePlan(root, 'More', step('1', 'plum.txt')), '--after', first!.runId, '--detach');
    expect(next).toMatchObject({ code: 0 });
    const read = await fetch(`${dev.ready.url}/v1/runs/${linesOf(next)[0]!.runId}`, {
      headers: { authorization: `Bearer ${dev.ready.token}` },
    });
    expect(await read.json()).toMatchObject({ afterRunId: first!.runId, baseSha: expect.any(String) });
  });

  it('stops at a question with status 3, and goes on once it is answered', async () => {
    const ended = await run(writePlan(root, 'Asking', step('1', 'basket.txt', true)));
    expect(ended.code).toBe(3);
    expect(ended.err).toContain('What goes into it?');
    const { runId } = linesOf(ended)[0]!;

    const questions = await command('questions', '--run', runId, '--json');
    expect(linesOf(questions)).toMatchObject([{ runId, text: 'What goes into it?', status: 'open' }]);
    expect((await command('watch', runId)).code).toBe(0); // without --exit-status a watch that ended in order is 0

    const answered = await command('answer', runId, 'pears', '--json');
    expect(answered).toMatchObject({ code: 0 });
    expect(JSON.parse(answered.out)).toMatchObject({ runId, resumed: true, answer: expect.stringContaining('Pears') });
    expect(await command('watch', runId, '--exit-status')).toMatchObject({ code: 0 });
    expect(await command('answer', runId, 'apples')).toMatchObject({ code: 2 });
  });

  it('says 3 for a run that cannot pass, skips what is stuck, and says 1 once it is cancelled', async () => {
    const ended = await run(writePlan(root, 'Hopeless', hopeless('1'), hopeless('2')));
    expect(ended.code).toBe(3);
    const { runId } = linesOf(ended)[0]!;
    const nothing = await command('approve', runId);
    expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining('nothing to approve') });
    const skipped = await command('skip', runId);
    expect(skipped).toMatchObject({ code: 0, err: expect.stringContaining('step 1 is skipped') });
    expect(await command('watch', runId, '--exit-status')).toMatchObject({ code: 3 });
    expect(await command('why', runId)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^blocked: waits for the answer to a question about step 2: /),
    });
    expect(await command('diff', runId)).toMatchObject({ code: 4 });
    expect(await command('cancel', runId)).toMatchObject({ code: 0 });
    expect(await command('watch', runId, '--exit-status')).toMatchObject({ code: 1 });
    expect(await command('resume', runId)).toMatchObject({ code: 2 });
  });

  it('refuses what it should with status 2 and a sentence, and starts nothing', async () => {
    const before = (await command('questions')).code;
    expect(before).toBe(0);
    const unverified = join(root, 'unverified.md');
    writeFileSync(unverified, '# U Plan\n\n## Implementation Steps\n\n### Step 1: Do it\n\n**Goal**: it is done\n');
    const refused = await run(unverified);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(/5:1 {2}no_verification/);

    writeFileSync(join(repository, 'README.md'), 'changed\n');
    const dirty = await run(writePlan(root, 'Dirty', step('1', 'x.txt')));
    expect(dirty).toMatchObject({ code: 2, out: '' });
    expect(dirty.err).toContain('README.md');
    const based = await run(writePlan(root, 'Based', step('1', 'x.txt')), '--base', 'HEAD', '--detach');
    expect(based.code).toBe(0);
    expect(linesOf(based)).toHaveLength(1);
  });

  it('says 4 for what is not there or not allowed, and 1 for a server that is away', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000';
    for (const args of [
      ['watch', nobody],
      ['cancel', nobody],
      ['questions', '--run', nobody],
    ])
      expect(await command(...args)).toMatchObject({ code: 4, out: '' });
    const { url } = dev.ready;
    const stranger = await lockstep(['questions'], { ...dev.env, LOCKSTEP_URL: url, LOCKSTEP_TOKEN: 'lst_wrong' });
    expect(stranger.code).toBe(4);
    const away = await lockstep(['questions'], { LOCKSTEP_URL: 'http://127.0.0.1:1', LOCKSTEP_TOKEN: 'x' });
    expect(away.code).toBe(1);
    expect(away.err).toContain('LOCKSTEP_URL');
    expect((await lockstep(['questions'], { HOME: join(root, 'nowhere') })).err).toContain('lockstep dev');
  });

  it('needs nothing but URL and token, wherever the feed is', async () => {
    const env = { HOME: join(root, 'nowhere'), LOCKSTEP_URL: dev.ready.url, LOCKSTEP_TOKEN: dev.ready.token };
    const plan = writePlan(root, 'Without feed', step('1', 'quiet.txt'));
    const clean = makeRepository(join(root, 'clean'));
    const ended = await lockstep(['run', plan, '--repo', clean, '--json', '--exit-status'], env);
    expect(ended).toMatchObject({ code: 0 });
    expect(linesOf(ended).at(-1)).toMatchObject({ type: 'execution.status' });
  });

  it('stops watching on Ctrl-C, and says that the run goes on', async () => {
    const slow = step('1', 'slow.txt').replace('grep -q . slow.txt', 'sleep 60');
    const { runId } = linesOf(await run(writePlan(root, 'Slow', slow), '--base', 'HEAD', '--detach'))[0]!;
    const watching = start(['watch', runId], dev.env);
    await waitFor(() => watching.err() !== '' || watching.child.exitCode !== null, { what: 'the watch to begin' });
    watching.child.kill('SIGINT');
    const { code, err } = await watching.ended;
    expect(err).toContain('goes on');
    expect(code).toBe(130);
    expect(await command('cancel', runId)).toMatchObject({ code: 0 });
  });
});
