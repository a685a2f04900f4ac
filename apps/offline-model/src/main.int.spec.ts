import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = join(__dirname, '../dist/main.js');

/** The command itself, as it is built. */
describe('the offline-model command', () => {
  let folder: string;
  const children: ChildProcessWithoutNullStreams[] = [];
  beforeAll(async () => {
    if (!existsSync(main)) throw new Error('apps/offline-model is not built. Run: npm run build');
    folder = await mkdtemp(join(tmpdir(), 'offline-model-main-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

  const start = (...args: string[]): ChildProcessWithoutNullStreams => {
    const child = spawn(process.execPath, [main, ...args], { env: {} });
    children.push(child);
    return child;
  };
  const ready = async (child: ChildProcessWithoutNullStreams): Promise<Record<string, unknown>> => {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return JSON.parse(line) as Record<string, unknown>;
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('prints where it listens, and ends on %s', async (signal) => {
    const child = start('--mode', 'follow');
    const said = await ready(child);
    expect(said).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), mode: 'follow', pid: child.pid });
    const exited = once(child, 'exit');
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
  });

  it('ends with its stdin when asked to, also in the middle of a response', async () => {
    const script = join(folder, 'slow.json');
    await writeFile(script, JSON.stringify({ turns: [{ blocks: [{ text: 'a' }, { delayMs: 60_000 }] }] }));
    const child = start('--mode', 'script', '--script', script, '--exit-with-stdin');
    const { url } = await ready(child);
    const body = { model: 'm', stream: true, tools: [{ name: 'Bash' }], messages: [{ role: 'user', content: 'go' }] };
    const response = await fetch(`${String(url)}/v1/messages`, { method: 'POST', body: JSON.stringify(body) });
    const exited = once(child, 'exit');
    child.stdin.end();
    expect(await exited).toEqual([0, null]);
    await expect(response.text()).rejects.toThrow();
  });

  it.each([
    [['--mode', 'guess'], /--mode is follow or script/],
    [['--mode', 'script', '--script', '/does/not/exist.json'], /exist\.json cannot be read/],
    [['--mode', 'follow', '--port', 'x'], /--port is 0 to 65535/],
    [['--what'], /Unknown option '--what'.*Usage:/],
  ])('%j: says what is wrong, exit 2', async (args, words) => {
    const child = start(...args);
    const said: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(said.join('')).toMatch(words);
  });
});
