import 'reflect-metadata';
import type { Backplane } from '@lockstep/backplane';
import { feedPath } from '@lockstep/contracts';
import type { Database } from '@lockstep/database';
import {
  composeServices,
  createHealth,
  systemClock,
  type GatewayConfig,
  type Health,
  type Logger,
  type Service,
} from '@lockstep/runtime';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import type { FeedParts, FeedSettings } from '../feed/connection';
import { Connections } from '../feed/connections';
import { parseMessage } from '../feed/feed.gateway';
import { Streams } from '../stream/streams';
import { GatewayModule } from './gateway.module';
import { READY } from './health.controller';
import { NudgeLink } from './nudge-link';

export interface GatewayParts extends Pick<FeedParts, 'stallMs'> {
  /** The caller's: it must be open before the start and until after the stop. */
  readonly database: Database;
  /** Started and stopped with the gateway, which doesn't wait for it. */
  readonly backplane: Pick<Backplane, 'start' | 'stop' | 'nudges'>;
  readonly settings: FeedSettings & Pick<GatewayConfig, 'host' | 'port' | 'pollMs'>;
  readonly logger: Logger;
}

export interface Gateway extends Service {
  /** Where it listens, as `http://host:port`; with port 0 the port that was taken. Known once `start` has resolved. */
  readonly url: string;
  /** The feed's own address: `ws://host:port/v1/feed`. */
  readonly feedUrl: string;
  /** Streams that are read, clients that are connected, and channels they follow, now. */
  readonly counts: { readonly streams: number; readonly connections: number; readonly subscriptions: number };
}

/** The feed as one service. Stopping it sends every client elsewhere first. */
export function createGateway(parts: GatewayParts): Gateway {
  const { database, backplane, settings, logger, stallMs } = parts;
  const link = new NudgeLink(backplane, logger);
  const streams = new Streams({ pollMs: settings.pollMs, clock: systemClock, logger, follow: link.follow });
  const connections = new Connections({ database, streams, settings, stallMs, clock: systemClock, logger });
  const health = createHealth();
  health.add('database', () => database.ping());
  const server = new FeedServer(parts, connections, health);
  const reading: Service = { start: async () => undefined, stop: () => streams.stop() };
  const { start, stop } = composeServices([link, reading, server]);
  return {
    start,
    stop,
    get url() {
      return server.url;
    },
    get feedUrl() {
      return server.url.replace(/^http/, 'ws') + feedPath;
    },
    get counts() {
      return { streams: streams.size, connections: connections.size, subscriptions: connections.subscriptions };
    },
  };
}

class FeedServer implements Service {
  url = '';
  private app: NestFastifyApplication | undefined;

  constructor(
    private readonly parts: GatewayParts,
    private readonly connections: Connections,
    private readonly health: Health,
  ) {}

  async start(): Promise<void> {
    const { settings, logger } = this.parts;
    const module = GatewayModule.over([
      { provide: Connections, useValue: this.connections },
      { provide: READY, useValue: this.health },
    ]);
    const adapter = new FastifyAdapter({ forceCloseConnections: true });
    this.app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
      logger: false,
      abortOnError: false,
    });
    this.app.useWebSocketAdapter(new WsAdapter(this.app, { messageParser: parseMessage }));
    await this.app.listen(settings.port, settings.host);
    this.url = await this.app.getUrl();
    this.connections.start();
    logger.info({ url: this.url }, 'listening');
  }

  async stop(hurry?: AbortSignal): Promise<void> {
    await this.connections.stop(hurry);
    await this.app?.close();
  }
}
