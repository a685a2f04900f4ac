import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@lockstep/testing';
import { lockstep, processesIn, startDev, type DevProcess } from '../testing/cli-process';

jest.setTimeout(120_000);

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('lockstep dev', () => {
  let root: string;
  const running: DevProcess[] = [];

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-dev-int-')));
    // Postgres runs as another user where we are root, and has to get to its folder.
    chmodSync(root, 0o755);
  });
  afterEach(async () => {
    for (const dev of running.splice(0)) {
      if (dev.child.exitCode === null && dev.child.signalCode === null) dev.child.kill('SIGKILL');
      await dev.ended;
    }
    await waitFor(() => processesIn(root).length === 0, { what: 'all of it to be gone', timeoutMs: 20_000 });
    rmSync(root, { recursive: true, force: true });
  });

  const dev = async (...args: string[]): Promise<DevProcess> => {
    const started = await startDev(root, ...args);
    running.push(started);
    return started;
  };
  const left = (): string[] => readdirSync(join(root, 'tmp'));

  onLinux('leaves no process and no file behind when it is told to stop', async () => {
    const server = await dev('--ephemeral', '--executors', '2');
    // Postgres, api, gateway, two executors, the model, and the server itself.
    expect(processesIn(root).length).toBeGreaterThanOrEqual(6);
    server.child.kill('SIGINT');
    expect((await server.ended).code).toBe(0);
    expect(processesIn(root)).toEqual([]);
    expect(left()).toEqual([]);
    expect(readdirSync(join(root, 'home', '.lockstep', 'servers'))).toEqual([]);
  });

  onLinux('leaves no process behind when it is killed, and its files go with the next start', async () => {
    const server = await dev('--ephemeral');
    server.child.kill('SIGKILL');
    await server.ended;
    await waitFor(() => processesIn(root).length === 0, { what: 'its children to end', timeoutMs: 20_000 });
    expect(existsSync(server.ready.dataDir)).toBe(true);
    const next = await dev('--ephemeral');
    expect(existsSync(server.ready.dataDir)).toBe(false);
    next.child.kill('SIGTERM');
    await next.ended;
    expect(left()).toEqual([]);
  });

  it('starts a process again that dies, and gives its port to nobody else', async () => {
    const server = await dev('--ephemeral');
    const pidOf = (): string | undefined =>
      processesIn(root)
        .find((line) => line.includes('apps/api/dist'))
        ?.split(' ')[0];
    const first = pidOf()!;
    process.kill(Number(first), 'SIGKILL');
    await waitFor(() => pidOf() !== undefined && pidOf() !== first, { what: 'another api', timeoutMs: 20_000 });
    await waitFor(async () => (await fetch(`${server.ready.url}/readyz`)).ok, {
      what: 'it to answer',
      timeoutMs: 20_000,
    });
    expect(server.err()).toContain('api ended (SIGKILL) and is started again');
    expect((await lockstep(['questions'], server.env)).code).toBe(0);

    const { port } = new URL(server.ready.url);
    const other = await lockstep(['dev', '--json', '--ephemeral', '--port', port], server.env);
    expect(other).toMatchObject({ code: 2, out: '' });
    expect(other.err).toContain(`Port ${port} is in use`);
  });

  it('keeps data and token in its folder, refuses a second server there, and finds both again', async () => {
    const dataDir = join(root, 'data');
    const first = await dev('--data-dir', dataDir);
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600);
    const second = await lockstep(['dev', '--json', '--data-dir', dataDir], first.env);
    expect(second).toMatchObject({ code: 2, out: '' });
    expect(second.err).toContain('already');
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    const again = await dev('--data-dir', dataDir);
    expect(again.ready.token).toBe(first.ready.token);
    expect(readFileSync(join(dataDir, 'logs', 'api.log'), 'utf8')).toContain('started');
  });
});
