import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { transformFileSync } from '@swc/core';
import { isolationTier, isRunning, listMarked, listTree, supervise, type ProcessSpec } from './index';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'supervise-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const until = async (what: string, holds: () => boolean, ms = 10_000): Promise<void> => {
  for (const end = Date.now() + ms; !holds(); await delay(10))
    if (Date.now() > end) throw new Error(`expected within ${ms} ms: ${what}`);
};

const bash = (script: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  command: 'bash',
  args: ['-c', script],
  cwd: folder,
  env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  limits: { wallMs: 20_000, outputBytes: 1_000_000 },
  graceMs: 200,
  marker: randomUUID(),
  isolation: 'namespace',
  ...more,
});

const collect = () => {
  const chunks: Buffer[] = [];
  return { take: (chunk: Buffer) => void chunks.push(chunk), text: () => Buffer.concat(chunks).toString() };
};

describe.each(['namespace', 'none'] as const)('a supervised process, isolation %s', (isolation) => {
  const run = (script: string, more: Partial<ProcessSpec> = {}) => supervise(bash(script, { isolation, ...more }));
  const limits = (more: Partial<ProcessSpec['limits']>) => ({ wallMs: 20_000, outputBytes: 1_000_000, ...more });

  it('tells output, exit status and counts', async () => {
    const [out, err] = [collect(), collect()];
    const ending = await run('echo out; echo errr >&2; exit 3', { onStdout: out.take, onStderr: err.take }).ending;
    expect(ending).toMatchObject({ kind: 'exited', exitCode: 3, stdoutBytes: 4, stderrBytes: 5, strays: 0 });
    expect([out.text(), err.text()]).toEqual(['out\n', 'errr\n']);
  });

  it('gives the whole environment and inherits nothing', async () => {
    const out = collect();
    await run('env', { env: { PATH: '/usr/bin:/bin', ONLY: 'this' }, onStdout: out.take }).ending;
    const names = out
      .text()
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['LOCKSTEP_PROCESS_MARKER', 'ONLY', 'PATH', 'PWD', 'SHLVL', '_']);
  });

  it('is no process 1: a signal that it sends itself ends it', async () => {
    await expect(run('kill -TERM $$; sleep 60').ending).resolves.toMatchObject({
      kind: 'signalled',
      signal: 'SIGTERM',
      exitCode: 143,
    });
  });

  it('takes a string as input', async () => {
    const out = collect();
    await run('cat', { stdin: 'two\nlines\n', onStdout: out.take }).ending;
    expect(out.text()).toBe('two\nlines\n');
  });

  it('converses, and says when the input is closed', async () => {
    const out = collect();
    const child = run('while read -r line; do echo "got $line"; done; echo end', { stdin: 'pipe', onStdout: out.take });
    await expect(child.write('one')).resolves.toBe(true);
    await until('an echo', () => out.text() === 'got one\n');
    child.endInput();
    await expect(child.ending).resolves.toMatchObject({ kind: 'exited', exitCode: 0 });
    expect(out.text()).toBe('got one\nend\n');
    await expect(child.write('two')).resolves.toBe(false);
  });

  it('is not started when the command or the folder is missing', async () => {
    const missing = { kind: 'not_started', detail: expect.stringContaining('no-such-command') };
    await expect(supervise(bash('', { isolation, command: 'no-such-command' })).ending).resolves.toMatchObject(missing);
    const nowhere = join(folder, 'nowhere');
    const noFolder = { kind: 'not_started', detail: expect.stringContaining(nowhere) };
    await expect(run('true', { cwd: nowhere }).ending).resolves.toMatchObject(noFolder);
  });

  it('gets SIGTERM first and may leave in order', async () => {
    const out = collect();
    const child = run("trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.02; done", {
      graceMs: 10_000,
      onStdout: out.take,
    });
    await until('the trap', () => out.text() === 'up\n');
    await expect(child.terminate('not needed')).resolves.toMatchObject({ kind: 'terminated', reason: 'not needed' });
    expect(out.text()).toBe('up\nbye\n');
  });

  it('is killed with its children when it ignores SIGTERM', async () => {
    const out = collect();
    const child = run("trap '' TERM; sleep 300 & echo up; while :; do sleep 0.05; done", { onStdout: out.take });
    await until('the trap', () => out.text() === 'up\n');
    const pids = child.alive();
    expect(pids.length).toBeGreaterThanOrEqual(2);
    await expect(child.terminate('stubborn')).resolves.toMatchObject({ kind: 'terminated', reason: 'stubborn' });
    expect(pids.filter(isRunning)).toEqual([]);
    expect(listTree(child.pid)).toEqual([]);
  });

  it('takes a daemon along that left the session and the parent', async () => {
    const marker = randomUUID();
    const child = run(
      '(setsid sleep 300 >/dev/null 2>&1 </dev/null &) ; (setsid bash -c "trap \\"\\" TERM HUP; sleep 301" &); sleep 0.2; exit 0',
      { marker },
    );
    await until('the daemons', () => child.alive().length >= 3);
    const pids = child.alive();
    const ending = await child.ending;
    expect(ending).toMatchObject({ kind: 'exited', exitCode: 0 });
    expect(ending.strays).toBeGreaterThanOrEqual(2);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(listMarked(marker)).toEqual([]);
  });

  it('ends every other process and leaves the main one', async () => {
    const out = collect();
    const script = '(setsid sleep 300 &); sleep 301 & echo up; read -r line; echo "still $line"';
    const child = run(script, { stdin: 'pipe', onStdout: out.take });
    await until('three processes', () => out.text() === 'up\n' && child.alive().length === 3);
    await expect(child.endOthers()).resolves.toBe(2);
    expect(child.alive()).toHaveLength(1);
    await child.write('here');
    await expect(child.ending).resolves.toMatchObject({ kind: 'exited', exitCode: 0, strays: 0 });
    expect(out.text()).toBe('up\nstill here\n');
  });

  it('hits the wall', async () => {
    await expect(
      run('while :; do echo x; sleep 0.02; done', { limits: limits({ wallMs: 200 }) }).ending,
    ).resolves.toMatchObject({
      kind: 'timed_out',
      limit: 'wall',
    });
  });

  it('is ended when it falls silent, not while it talks', async () => {
    const ending = await run('for i in 1 2 3 4 5 6; do echo x; sleep 0.1; done; sleep 300', {
      limits: limits({ idleMs: 400 }),
    }).ending;
    expect(ending).toMatchObject({ kind: 'timed_out', limit: 'idle', stdoutBytes: 12 });
  });

  it('is ended when it floods, and no more than the cap arrives', async () => {
    let taken = 0;
    const flood = run('exec yes', {
      limits: limits({ outputBytes: 100_000 }),
      onStdout: (chunk) => void (taken += chunk.length),
    });
    await expect(flood.ending).resolves.toMatchObject({ kind: 'output_limit', stdoutBytes: 100_000 });
    expect(taken).toBe(100_000);
  });

  it('waits for a slow consumer instead of buffering', async () => {
    const script = 'for i in $(seq 300); do head -c 10000 /dev/zero; echo $i >> written; done';
    let release = (): void => undefined;
    const held = new Promise<void>((go) => (release = go));
    rmSync(join(folder, 'written'), { force: true });
    const child = run(script, { limits: limits({ outputBytes: 10_000_000 }), onStdout: () => held });
    const written = () =>
      existsSync(join(folder, 'written')) ? readFileSync(join(folder, 'written'), 'utf8').split('\n').length : 0;
    let before = -1;
    await until('no progress', () => {
      const same = before > 0 && before === written();
      before = written();
      return same;
    });
    expect(before).toBeLessThan(100);
    release();
    await expect(child.ending).resolves.toMatchObject({ kind: 'exited', stdoutBytes: 3_000_000 });
  });

  it('ends a process whose consumer fails', async () => {
    const child = run('echo x; sleep 300', { onStdout: () => Promise.reject(new Error('disk full')) });
    await expect(child.ending).resolves.toMatchObject({
      kind: 'terminated',
      reason: expect.stringContaining('disk full'),
    });
  });
});

/** These sources as JavaScript, for a supervisor of its own. */
const build = (): string => {
  const built = mkdtempSync(join(folder, 'built-'));
  for (const file of readdirSync(__dirname).filter((name) => name.endsWith('.ts') && !name.includes('.spec.')))
    writeFileSync(join(built, basename(file, '.ts') + '.js'), compile(join(__dirname, file)));
  return built;
};

describe('in a PID namespace', () => {
  it('says which tier this machine gives', async () => {
    const { tier, detail } = await isolationTier();
    expect(['pid-namespace', 'none']).toContain(tier);
    expect(detail.length).toBeGreaterThan(20);
  });

  it('ends a fork bomb', async () => {
    const child = supervise(
      bash('f() { while :; do sleep 300 & done; }; f', {
        limits: { wallMs: 3_000, outputBytes: 1_000_000, processes: 50 },
      }),
    );
    const ending = await child.ending;
    // An ordinary user's is held back by prlimit and then hits the wall; root's is exempt from that and meets the watch.
    expect(['process_limit', 'timed_out']).toContain(ending.kind);
    expect(listTree(child.pid)).toEqual([]);
  });

  it('starts where fewer processes are allowed than it may have', async () => {
    const limits = { wallMs: 20_000, outputBytes: 1_000_000, processes: 1_000_000 };
    const code = `require('${build()}/index.js').supervise(${JSON.stringify(bash('exit 7', { limits }))}).ending.then((it) => console.log(JSON.stringify(it)));`;
    const supervisor = spawn('bash', ['-c', 'ulimit -u 3000 && exec "$0" -e "$1"', process.execPath, code], {
      env: { NODE_PATH: resolve(__dirname, '../../../node_modules') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(supervisor.stdout, 'data')) as [Buffer];
    expect(JSON.parse(said.toString())).toMatchObject({ kind: 'exited', exitCode: 7 });
  });

  it('leaves nothing when its supervisor is killed', async () => {
    if ((await isolationTier()).tier === 'none') return;
    const built = build();
    const spec = JSON.stringify({ ...bash('(setsid sleep 300 &); sleep 301; true'), marker: 'survivor' });
    const code = `const child = require('${built}/index.js').supervise(${spec});
      const wait = setInterval(() => { const pids = child.alive(); if (pids.length === 3) { console.log(JSON.stringify([child.pid, ...pids])); clearInterval(wait); } }, 10);`;
    const supervisor = spawn(process.execPath, ['-e', code], {
      env: { NODE_PATH: resolve(__dirname, '../../../node_modules') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const started = once(supervisor.stdout, 'data', { signal: AbortSignal.timeout(10_000) });
    const [line] = (await started.finally(() => supervisor.kill('SIGKILL'))) as [Buffer];
    const pids = JSON.parse(line.toString()) as number[];
    expect(pids).toHaveLength(4);
    await until('an empty tree', () => pids.filter(isRunning).length === 0, 3_000);
  });
});

const compile = (file: string): string =>
  transformFileSync(file, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } })
    .code;
