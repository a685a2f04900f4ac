import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from './free-port';
import { hasRedis } from './redis-process';
import { waitFor } from './wait-for';

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const built = join(__dirname, '..', 'dist', 'redis-process.js');

describe('a Redis for tests', () => {
  (hasRedis() ? it : it.skip)('ends with the process that started it, also when that is killed', async () => {
    const text = `const { spawnRedis, redisReady } = require(${JSON.stringify(built)});
      const child = spawnRedis({ port: ${await freePort()} });
      redisReady(child).then(() => console.log(child.pid));`;
    const parent = spawn(process.execPath, ['-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(String(said));
    expect(lives(pid)).toBe(true);
    parent.kill('SIGKILL');
    await waitFor(() => !lives(pid), { what: 'redis-server to be gone' });
  });
});
