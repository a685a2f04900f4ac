import 'reflect-metadata';
import type { Backplane } from '@lockstep/backplane';
import { blobsIn } from '@lockstep/database';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { composeServices, createHealth, type Health, type Logger, type Service } from '@lockstep/runtime';
import type { FastifyInstance } from 'fastify';
import { ApiModule } from './api.module';
import { requireToken } from './auth/authenticate';
import { Tokens } from './auth/tokens';
import { Metrics } from './health/metrics';
import { createAdapter } from './http/adapter';
import { InFlight } from './http/in-flight';
import { planReading } from './plans/read-plan';
import { DATABASE, LOGGER, READY, SETTINGS, type ApiOptions, type Database } from './parts';
import { installationLimits } from './projects/installation-limits';
import { Announcer } from './relay/announcer';
import { OutboxRelay } from './relay/outbox-relay';
import { Pruner } from './relay/pruner';
import { QueueLink } from './relay/queue-link';
import { Sweeper } from './relay/sweeper';
import { EventStreams } from './runs/event-stream';

export interface ApiParts {
  /** The caller's: it must be open before the start and until after the stop. */
  readonly database: Database;
  /** Started and stopped with the API. */
  readonly backplane: Backplane;
  readonly settings: ApiOptions;
  readonly logger: Logger;
}

export interface Api extends Service {
  /** Where it listens, as `http://host:port`; with port 0 the port that was taken. Known once `start` has resolved. */
  readonly url: string;
  /** What it answers to, as `GET /v1/runs/:id`. Known once `start` has resolved. */
  readonly routes: readonly string[];
}

/** The HTTP side, the outbox relay and the sweeps, as one service. */
export function createApi(parts: ApiParts): Api {
  const works = assemble(parts);
  const server = new HttpServer(parts, works);
  const { start, stop } = composeServices([planReading, works.link, works.sweeper, works.pruner, server]);
  return {
    start,
    stop,
    get url() {
      return server.url;
    },
    routes: server.routes,
  };
}

interface Works {
  readonly link: QueueLink;
  readonly relay: OutboxRelay;
  readonly sweeper: Sweeper;
  readonly pruner: Pruner;
  readonly announcer: Announcer;
  readonly streams: EventStreams;
  readonly health: Health;
}

function assemble({ database, backplane, settings, logger }: ApiParts): Works {
  const relay = new OutboxRelay({ database, backplane, logger, intervalMs: settings.relayIntervalMs });
  const link = new QueueLink(backplane, relay, logger);
  const nudges = () => link.nudges;
  const announcer = new Announcer({ database, nudges, relay, logger });
  const health = createHealth();
  health.add('database', () => database.ping());
  health.add('queue', () => link.check());
  health.add('relay', () => relay.check());
  return {
    link,
    relay,
    announcer,
    health,
    sweeper: new Sweeper({
      database,
      announcer,
      logger,
      intervalMs: settings.sweepIntervalMs,
      queueIsEmpty: () => link.isEmpty(),
    }),
    pruner: new Pruner({
      ...{ database, logger, blobs: blobsIn(settings.snapshotDir) },
      intervalMs: settings.retentionIntervalMs,
      limits: installationLimits(settings),
    }),
    streams: new EventStreams({ database, nudges, logger }),
  };
}

class HttpServer implements Service {
  url = '';
  readonly routes: string[] = [];
  private readonly inFlight = new InFlight();
  private app: NestFastifyApplication | undefined;

  constructor(
    private readonly parts: ApiParts,
    private readonly works: Works,
  ) {}

  async start(): Promise<void> {
    const { settings, logger } = this.parts;
    const tokens = new Tokens(this.parts.database);
    const adapter = createAdapter({ bodyLimitBytes: settings.bodyLimitBytes, logger });
    const fastify: FastifyInstance = adapter.getInstance();
    this.inFlight.track(fastify);
    requireToken(fastify, tokens);
    fastify.addHook('onRoute', ({ method, url }) => void this.routes.push(`${String(method)} ${url}`));
    const options = { logger: false, bodyParser: false, abortOnError: false } as const;
    this.app = await NestFactory.create<NestFastifyApplication>(
      ApiModule.over(this.providers(tokens)),
      adapter,
      options,
    );
    await this.app.listen(settings.port, settings.host);
    this.url = await this.app.getUrl();
    logger.info({ url: this.url }, 'listening');
  }

  async stop(hurry?: AbortSignal): Promise<void> {
    await this.works.streams.stop();
    const closing = this.app?.close();
    await this.inFlight.settle(hurry);
    this.app?.getHttpServer().closeAllConnections();
    await closing;
  }

  private providers(tokens: Tokens) {
    const { database, settings, logger } = this.parts;
    const { relay, announcer, streams, health } = this.works;
    return [
      { provide: DATABASE, useValue: database },
      { provide: SETTINGS, useValue: settings },
      { provide: LOGGER, useValue: logger },
      { provide: READY, useValue: health },
      { provide: Tokens, useValue: tokens },
      { provide: Announcer, useValue: announcer },
      { provide: EventStreams, useValue: streams },
      { provide: Metrics, useValue: new Metrics(database, relay) },
    ];
  }
}
