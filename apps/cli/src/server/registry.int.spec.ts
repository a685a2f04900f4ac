import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announce, livingServers, sweep, withdraw, type DevServerEntry } from './registry';

const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('the registry of dev servers', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lockstep-registry-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const entry = (pid: number, startedAt: string, temporary: string[] = []): DevServerEntry => ({
    pid,
    url: 'http://127.0.0.1:1',
    feedUrl: 'ws://127.0.0.1:2',
    token: 'secret',
    dataDir: '/data',
    startedAt,
    temporary,
  });

  it('knows the living ones, the latest first, in files that nobody else reads', () => {
    announce(entry(process.ppid, '2030-01-01T00:00:00.000Z'), folder);
    announce(entry(process.pid, '2030-01-02T00:00:00.000Z'), folder);
    announce(entry(deadPid(), '2030-01-03T00:00:00.000Z'), folder);
    expect(livingServers(folder).map(({ pid }) => pid)).toEqual([process.pid, process.ppid]);
    expect(statSync(join(folder, `${process.pid}.json`)).mode & 0o777).toBe(0o600);
  });

  it('forgets one that withdraws', () => {
    announce(entry(process.pid, '2030-01-01T00:00:00.000Z'), folder);
    withdraw(process.pid, folder);
    withdraw(process.pid, folder);
    expect(livingServers(folder)).toEqual([]);
  });

  it('sweeps up after those that were killed, and after no other', () => {
    const [lost, kept] = ['lost', 'kept'].map((name) => mkdtempSync(join(tmpdir(), `lockstep-${name}-`)));
    announce(entry(deadPid(), '2030-01-01T00:00:00.000Z', [lost!]), folder);
    announce(entry(process.pid, '2030-01-01T00:00:00.000Z', [kept!]), folder);
    sweep(folder);
    expect([existsSync(lost!), existsSync(kept!)]).toEqual([false, true]);
    expect(readdirSync(folder)).toEqual([`${process.pid}.json`]);
    rmSync(kept!, { recursive: true });
  });

  it('is empty where there is no folder', () => expect(livingServers(join(folder, 'none'))).toEqual([]));
});
