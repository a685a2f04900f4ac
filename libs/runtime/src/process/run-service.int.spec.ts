import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const folder = join(__dirname, '..', '..', 'testing');

interface Child {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly said: (word: string) => Promise<void>;
  readonly end: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

function child(manner: string, env: Record<string, string> = {}, args: readonly string[] = []): Child {
  const spawned = spawn(
    process.execPath,
    [join(folder, 'run-ts.mjs'), join(folder, 'service-child.ts'), manner, ...args],
    {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  children.push(spawned);
  let output = '';
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer) => {
    output += chunk.toString();
    waiting.forEach((look) => look());
  };
  spawned.stdout?.on('data', take);
  spawned.stderr?.on('data', take);
  return {
    process: spawned,
    output: () => output,
    said: (word) =>
      new Promise((resolve) => {
        const look = () => void (new RegExp(word, 'm').test(output) && resolve());
        waiting.add(look);
        look();
      }),
    end: new Promise((resolve) => spawned.on('close', (code, signal) => resolve({ code, signal }))),
  };
}

describe('a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s and exits 0', async (signal) => {
    const service = child('orderly');
    await service.said('"msg":"started"');
    service.process.kill(signal);
    expect(await service.end).toEqual({ code: 0, signal: null });
    expect(service.output()).toMatch(/^stop$/m);
  });

  it('stops quicker on the second signal', async () => {
    const service = child('waits-for-hurry');
    await service.said('"msg":"started"');
    service.process.kill('SIGTERM');
    await service.said('^stop$');
    service.process.kill('SIGTERM');
    expect(await service.end).toEqual({ code: 0, signal: null });
    expect(service.output()).toMatch(/^hurried$/m);
  });

  it('exits at once on the third signal', async () => {
    const service = child('stuck');
    await service.said('"msg":"started"');
    service.process.kill('SIGTERM');
    await service.said('^stop$');
    service.process.kill('SIGTERM');
    await service.said('in a hurry');
    service.process.kill('SIGTERM');
    expect(await service.end).toEqual({ code: 1, signal: null });
  });

  it('can be stopped while it is starting', async () => {
    const service = child('start-hangs', { LOCKSTEP_FAILPOINTS: '' });
    await new Promise<void>((resolve) => service.process.once('spawn', resolve));
    const signals = setInterval(() => service.process.kill('SIGTERM'), 100);
    await service.end;
    clearInterval(signals);
    expect(service.output()).not.toMatch(/started/);
  });

  it.each([
    ['start-fails', 'could not start'],
    ['rejects', 'nobody looked'],
  ])('exits 1 and says why when it %s', async (manner, why) => {
    const service = child(manner);
    expect(await service.end).toEqual({ code: 1, signal: null });
    expect(service.output()).toContain(why);
  });

  it('exits 1 when it cannot stop in order', async () => {
    const service = child('stop-fails');
    await service.said('"msg":"started"');
    service.process.kill('SIGTERM');
    expect(await service.end).toEqual({ code: 1, signal: null });
    expect(service.output()).toContain('cannot stop');
  });

  it('ends when its parent closes the pipe, if asked to', async () => {
    const service = child('orderly', {}, ['--exit-with-parent']);
    await service.said('"msg":"started"');
    service.process.stdin?.end();
    expect(await service.end).toEqual({ code: 0, signal: null });
  });

  it('refuses a wrong configuration with exit status 2, naming every fault', async () => {
    const service = child('orderly', { LOG_LEVEL: 'loud', LOCKSTEP_FAILPOINTS: 'child.start=explode' });
    expect(await service.end).toEqual({ code: 2, signal: null });
    expect(service.output()).toMatch(/LOG_LEVEL="loud"[\s\S]*child\.start=explode/);
  });

  it('refuses failpoints in production', async () => {
    const service = child('orderly', { NODE_ENV: 'production', LOCKSTEP_FAILPOINTS: 'child.start=kill' });
    expect((await service.end).code).toBe(2);
    expect(service.output()).toContain('drills only');
  });

  it('is killed by an armed failpoint', async () => {
    const service = child('orderly', { LOCKSTEP_FAILPOINTS: 'child.start=kill' });
    expect(await service.end).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
