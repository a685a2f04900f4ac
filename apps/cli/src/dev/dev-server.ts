import { Fault } from '@lockstep/contracts';
import { serializedInterval, type DevConfig, type SerializedInterval, type Service } from '@lockstep/runtime';
import { announce, isAlive, livingServers, sweep, withdraw, type DevServerEntry } from '../server/registry';
import { Child } from './child';
import { makePlaces, removeAll, type Places } from './places';
import { exactPort, freePort } from './ports';
import { serviceSpecs } from './services';
import { startStorage, type Storage } from './storage';

export interface DevOptions {
  readonly executors: number;
  /** Undefined: 4600 when it is free. */
  readonly port?: number | undefined;
  readonly dataDir?: string | undefined;
  readonly ephemeral: boolean;
  readonly config: DevConfig;
  /** What people should hear of. */
  readonly say: (text: string) => void;
  readonly onReady: (entry: DevServerEntry) => void;
}

export const isScripted = ({ anthropicApiKey, anthropicBaseUrl }: DevConfig): boolean =>
  anthropicApiKey === undefined && anthropicBaseUrl === undefined;

const defaultPort = 4600;

/** Everything of Lockstep on one machine: Postgres, api, gateway, executors and, without a key, the scripted model. */
export class DevServer implements Service {
  private places: Places | undefined;
  private storage: Storage | undefined;
  /** Groups of processes in the order in which they stop. */
  private groups: Child[][] = [];
  private readonly stopped = new AbortController();
  private starting: Promise<void> | undefined;
  private watch: SerializedInterval | undefined;
  private lost: Fault | undefined;

  constructor(private readonly options: DevOptions) {}

  start(): Promise<void> {
    return (this.starting = this.begin());
  }

  /** Waits for a start under way: what it has begun by then must not be left behind. */
  async stop(hurry?: AbortSignal): Promise<void> {
    this.stopped.abort();
    for (const group of this.groups) await Promise.all(group.map((child) => child.stop(hurry)));
    await this.starting?.catch(() => undefined);
    await this.watch?.stop();
    await this.storage?.postgres?.stop();
    if (this.places) removeAll(this.places.temporary);
    withdraw(process.pid);
    if (this.lost) throw this.lost;
  }

  private async begin(): Promise<void> {
    sweep();
    const { ephemeral, dataDir, config } = this.options;
    this.places = makePlaces({ dataDir, ephemeral });
    refuseSecond(this.places);
    this.storage = await startStorage(config, this.places);
    this.watchPostgres(this.storage);
    const entry = await this.startServices(this.places, this.storage);
    if (this.stopped.signal.aborted) return;
    this.announce(entry);
    this.options.onReady(entry);
  }

  private async startServices(places: Places, { databaseUrl, token, postgres }: Storage): Promise<DevServerEntry> {
    const { executors, config, say } = this.options;
    const { apiPort, gatewayPort } = await this.ports();
    const modelPort = isScripted(config) ? await freePort() : undefined;
    const settings = settingsFor(config, places);
    const specs = serviceSpecs({
      places,
      databaseUrl,
      apiPort,
      gatewayPort,
      executors,
      modelPort,
      settings,
      onLost: say,
    });
    this.groups = specs.map((group) => group.map((spec) => new Child(spec)));
    if (!this.stopped.signal.aborted) await Promise.all(this.groups.flat().map((child) => child.start()));
    return {
      pid: process.pid,
      url: `http://127.0.0.1:${apiPort}`,
      feedUrl: `ws://127.0.0.1:${gatewayPort}/v1/feed`,
      token,
      dataDir: places.dataDir,
      startedAt: new Date().toISOString(),
      temporary: [...places.temporary, ...(this.options.ephemeral && postgres ? [postgres.dataDir] : [])],
    };
  }

  private async ports(): Promise<{ apiPort: number; gatewayPort: number }> {
    const { port, ephemeral } = this.options;
    const apiPort =
      port === undefined
        ? await freePort(ephemeral ? 0 : defaultPort)
        : port === 0
          ? await freePort()
          : await exactPort(port);
    return { apiPort, gatewayPort: await freePort(ephemeral || apiPort === 0 ? 0 : apiPort + 1) };
  }

  /** A database that ended by itself is not started again under the services: everything ends, and says why. */
  private watchPostgres({ postgres }: Storage): void {
    if (!postgres) return;
    const look = async (): Promise<void> => {
      if (this.lost || isAlive(postgres.pid)) return;
      this.lost = new Fault(
        'database_unavailable',
        'The embedded Postgres ended by itself. Start again; look for a lack of memory or disk.',
      );
      process.kill(process.pid, 'SIGTERM');
    };
    this.watch = serializedInterval({ everyMs: 1_000, task: look, onError: () => undefined });
  }

  /** Without a home folder that can be written to, commands need LOCKSTEP_URL; the server works all the same. */
  private announce(entry: DevServerEntry): void {
    try {
      announce(entry);
    } catch (error) {
      this.options.say(`Other commands will not find this server by themselves: ${(error as Error).message}\n`);
    }
  }
}

function refuseSecond({ dataDir }: Places): void {
  const other = livingServers().find((entry) => entry.dataDir === dataDir && entry.pid !== process.pid);
  if (!other) return;
  throw new Fault(
    'config_invalid',
    `A dev server (process ${other.pid}) uses ${dataDir} already; it answers at ${other.url}. End it, or give this one --data-dir or --ephemeral.`,
  );
}

/** A database of our own gets a queue of its own on a Redis that others may share; nobody waits half a minute for Ctrl-C. */
const settingsFor = (config: DevConfig, places: Places): Record<string, string> => ({
  ...(config.databaseUrl === undefined && config.namespace === undefined
    ? { LOCKSTEP_NAMESPACE: places.namespace }
    : {}),
  ...(config.drainGraceMs === undefined ? { LOCKSTEP_DRAIN_GRACE_MS: '3000' } : {}),
});
