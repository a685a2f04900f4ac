import { createBackplane, type Backplane, type Nudges } from '@lockstep/backplane';
import type { NewEvent } from '@lockstep/contracts';
import { appendRunEvents, type Database } from '@lockstep/database';
import { seedRun, testDatabase, type Seeded } from '@lockstep/database/testing';
import { silentLogger } from '@lockstep/runtime';
import type { ClientOptions } from 'ws';
import { createGateway, type Gateway, type GatewayParts } from '../service/gateway';
import { FeedClient } from './feed-client';

/** A gateway over a database of its own, with a run in it, and what a spec does to them. */
export interface Stage extends Seeded {
  readonly database: Database;
  readonly gateway: Gateway;
  /** Appends so many events to the run and nudges; returns the last `seq`. */
  append(count: number, options?: { readonly nudge?: boolean; readonly bytes?: number }): Promise<number>;
  /** A client; with the team's token unless told otherwise. */
  connect(options?: ClientOptions & { token?: string; protocols?: string[]; anonymous?: boolean }): FeedClient;
  /** One more gateway over the same database. It is the spec's to start and stop. */
  another(settings?: Partial<GatewayParts['settings']>): Gateway;
  stop(): Promise<void>;
}

export interface StageOptions {
  readonly redisUrl?: string | undefined;
  readonly settings?: Partial<GatewayParts['settings']>;
  /** Stands between the backplane and the gateway. */
  readonly cut?: (nudges: Nudges) => Nudges;
  readonly poolSize?: number;
  readonly stallMs?: number;
}

const settings: GatewayParts['settings'] = {
  host: '127.0.0.1',
  port: 0,
  pollMs: 200,
  heartbeatMs: 5_000,
  authTimeoutMs: 5_000,
  sendBufferLimitBytes: 1_048_576,
  maxSubscriptions: 20,
};

export const warning = (detail: string): NewEvent => ({ type: 'agent.warning', data: { kind: 'spec', detail } });

export async function stage(options: StageOptions = {}): Promise<Stage> {
  const { database, url, stop } = await testDatabase({ poolSize: options.poolSize ?? 10 });
  const seeded = await seedRun(database);
  const namespace = `s${process.pid}_${Date.now() % 1_000_000}`;
  const backplaneOf = () => createBackplane({ databaseUrl: url, redisUrl: options.redisUrl, namespace });
  const backplane = backplaneOf();
  const gatewayOn = (link: Backplane, more: Partial<GatewayParts['settings']> = {}) =>
    createGateway({
      database,
      backplane: cutting(link, options.cut),
      settings: { ...settings, ...options.settings, ...more },
      logger: silentLogger(),
      stallMs: options.stallMs,
    });
  const gateway = gatewayOn(backplane);
  await gateway.start();
  const clients: FeedClient[] = [];
  return {
    ...seeded,
    database,
    gateway,
    another: (more) => gatewayOn(backplaneOf(), more),
    append: async (count, { nudge = true, bytes = 10 } = {}) => {
      const events = Array.from({ length: count }, () => warning('x'.repeat(bytes)));
      const seq = await database.transaction((tx) => appendRunEvents(tx, seeded.runId, events));
      if (nudge) backplane.nudges.publish({ channel: `run:${seeded.runId}`, seq });
      return seq;
    },
    connect: ({ anonymous, ...more } = {}) => {
      const client = new FeedClient(gateway.feedUrl, anonymous ? more : { token: seeded.token, ...more });
      clients.push(client);
      return client;
    },
    stop: async () => {
      await Promise.all(clients.map((client) => client.end()));
      await gateway.stop();
      await stop();
    },
  };
}

const cutting = (backplane: Backplane, cut?: (nudges: Nudges) => Nudges): GatewayParts['backplane'] => ({
  start: () => backplane.start(),
  stop: (hurry) => backplane.stop(hurry),
  nudges: cut ? cut(backplane.nudges) : backplane.nudges,
});
