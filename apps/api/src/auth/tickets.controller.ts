import { Controller, Inject, Post } from '@nestjs/common';
import { issueTicket, type Caller } from '@lockstep/database';
import { Describe } from '../http/operation';
import { ticket } from '../http/schemas';
import { DATABASE, type Database } from '../parts';
import { From } from './caller';

const ticketLifeMs = 30_000;

@Controller('v1/feed/tickets')
export class TicketsController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Post()
  @Describe({
    summary: 'Make a single-use pass to the feed, for browsers, good for 30 seconds',
    ok: { 201: ticket },
  })
  issue(@From() caller: Caller) {
    return issueTicket(this.database, caller, ticketLifeMs);
  }
}
