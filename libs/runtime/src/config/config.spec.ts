import { Fault } from '@lockstep/contracts';
import { executorSettings } from './executor';
import {
  apiSettings,
  backplaneSettings,
  clientSettings,
  databaseSettings,
  gatewaySettings,
  processSettings,
} from './services';
import { readConfig } from './setting';
import { renderSettings } from './table';
import { hostEnvironment, processEnvironment } from './host';

const DATABASE_URL = 'postgresql://me:pass-word@127.0.0.1:5432/lockstep';

const faultOf = (read: () => unknown): Fault => {
  try {
    read();
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error('expected a Fault');
};

describe('readConfig', () => {
  it('reads a service from almost nothing, and freezes it', () => {
    const config = readConfig(executorSettings, { DATABASE_URL });
    expect(config).toMatchObject({
      databaseUrl: DATABASE_URL,
      redisUrl: undefined,
      concurrency: 2,
      leaseMs: 10_000,
      heartbeatMs: 3_333,
      failpoints: [],
      production: false,
    });
    expect(config.executorId).toMatch(/^[\w.-]+-\d+-[0-9a-f]{6}$/);
    expect(Object.isFrozen(config) && Object.isFrozen(config.failpoints)).toBe(true);
  });

  it('takes a third of the lease as heartbeat', () => {
    expect(readConfig(executorSettings, { DATABASE_URL, LOCKSTEP_LEASE_MS: '3000' }).heartbeatMs).toBe(1_000);
  });

  it('takes an empty variable for an unset one', () => {
    expect(readConfig(backplaneSettings, { REDIS_URL: ' ' }).redisUrl).toBeUndefined();
  });

  it('lists every fault at once, broken rules among them, and shows no secret', () => {
    const fault = faultOf(() =>
      readConfig(executorSettings, {
        DATABASE_URL: 'mysql://me:pass-word@host/x',
        EXECUTOR_CONCURRENCY: 'many',
        WORKSPACE_ROOT: 'here',
        LOCKSTEP_LEASE_MS: '1000',
        LOCKSTEP_HEARTBEAT_MS: '900',
      }),
    );
    expect(fault.code).toBe('config_invalid');
    expect(fault.places.map((place) => place.pointer)).toEqual([
      'DATABASE_URL',
      'EXECUTOR_CONCURRENCY',
      'WORKSPACE_ROOT',
      'LOCKSTEP_LEASE_MS,LOCKSTEP_HEARTBEAT_MS',
    ]);
    expect(fault.message).toContain('must be a whole number from 1 to 256');
    expect(fault.message).not.toContain('pass-word');
  });

  it('says what a missing setting is for', () => {
    expect(faultOf(() => readConfig(databaseSettings, {})).message).toContain(
      'DATABASE_URL is not set. The Postgres database',
    );
  });

  it('reads failpoints', () => {
    const { failpoints } = readConfig(processSettings, { LOCKSTEP_FAILPOINTS: 'a.b=kill, c=delay:500@2' });
    expect(failpoints).toEqual([
      { name: 'a.b', action: 'kill', delayMs: 0 },
      { name: 'c', action: 'delay', delayMs: 500, hit: 2 },
    ]);
  });
});

describe('the settings table', () => {
  const groups = [
    processSettings,
    databaseSettings,
    backplaneSettings,
    apiSettings,
    gatewaySettings,
    executorSettings,
    clientSettings,
  ];

  it('has each shared setting once, and each service its own port', () => {
    const table = renderSettings(groups);
    expect(table.match(/`DATABASE_URL` \|/g)).toHaveLength(1);
    expect(table.match(/`PORT` \|.*`460[01]`/g)).toHaveLength(2);
    expect(table).toContain(
      '| `LOCKSTEP_HEARTBEAT_MS` | How often the lease is renewed, in milliseconds. | a third of the lease |',
    );
    expect(table).toMatch(/`DATABASE_URL`.*\*\*required\*\*/);
  });
});

describe('the host environment', () => {
  it('passes on harmless names and those asked for, nothing else', () => {
    expect(hostEnvironment(['CI'], { PATH: '/bin', CI: '1', ANTHROPIC_API_KEY: 'k' })).toEqual({
      PATH: '/bin',
      CI: '1',
    });
  });

  it('reads --exit-with-parent from the command line', () => {
    expect(readConfig(processSettings, processEnvironment(['node', 'main', '--exit-with-parent'])).exitWithParent).toBe(
      true,
    );
  });
});
