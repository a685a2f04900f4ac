import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';

export const hasRedis = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

/** Of a server that keeps nothing unless told to; `maxmemory-policy` is what production needs unless told otherwise. */
export interface RedisSettings {
  readonly port: number;
  readonly dir?: string;
  readonly policy?: string;
  /** Further settings of redis.conf, by name. */
  readonly more?: Readonly<Record<string, string>>;
}

/**
 * Starts a `redis-server` that nobody else uses and that writes nothing to the disk unless told to. It ends with this process, however that ends, where
 * the system allows it (setpriv): a test run that is killed leaves no server behind.
 */
export function spawnRedis({ port, dir, policy = 'noeviction', more }: RedisSettings): ChildProcess {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    save: '',
    appendonly: 'no',
    'maxmemory-policy': policy,
    ...(dir === undefined ? {} : { dir }),
    ...more,
  };
  const command = ['redis-server', ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])];
  const [file = '', ...args] = setpriv ? [setpriv, '--pdeathsig', 'KILL', '--', ...command] : command;
  return spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Resolves when the server takes connections. */
export const redisReady = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code} before it was ready`)));
    child.stdout?.on('data', (text: Buffer) => text.includes('Ready to accept connections') && resolve());
  });
