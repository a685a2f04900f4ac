import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { Fault } from '@lockstep/contracts';
import { findRun, readKeptEvents, type Caller } from '@lockstep/database';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bearerOf } from '../auth/authenticate';
import { From } from '../auth/caller';
import { Tokens } from '../auth/tokens';
import { Describe, FromQuery, PathId } from '../http/operation';
import { streamQuery, type StreamQuery } from '../http/schemas';
import { DATABASE, type Database } from '../parts';
import { EventStreams } from './event-stream';

@Controller('v1/runs')
export class EventStreamController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(EventStreams) private readonly streams: EventStreams,
    @Inject(Tokens) private readonly tokens: Tokens,
  ) {}

  @Get(':id/events/stream')
  @Describe({
    summary: 'The run’s events as they happen (server-sent events); `Last-Event-ID` or `after` resumes',
    query: streamQuery,
    ok: { 200: { media: 'text/event-stream', says: 'Events; `id` is the `seq`, `data` the envelope' } },
    problems: ['not_found', 'pruned'],
  })
  async stream(
    @From() { teamId }: Caller,
    @PathId() runId: string,
    @FromQuery() { after }: StreamQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await findRun(this.database, teamId, runId);
    const from = lastEventId(request) ?? after;
    await readKeptEvents(this.database, runId, from, 1);
    const token = bearerOf(request) ?? '';
    reply.hijack();
    await this.streams.serve({
      runId,
      after: from,
      response: reply.raw,
      mayRead: async () => (await this.tokens.check(token)) !== null,
    });
  }
}

function lastEventId({ headers }: FastifyRequest): number | undefined {
  const header = headers['last-event-id'];
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && /^\d{1,9}$/.test(header)) return Number(header);
  throw new Fault('bad_request', 'Last-Event-ID is the id of the last event that came: a whole number.');
}
