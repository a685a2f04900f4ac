import { Controller, Get, Header, Inject } from '@nestjs/common';
import { criterionList, run, type Run } from '@lockstep/contracts';
import {
  findDiff,
  findResults,
  findRun,
  listCriteria,
  listRuns,
  listSteps,
  listTurns,
  readKeptEvents,
  readOutput,
  type Caller,
} from '@lockstep/database';
import { From } from '../auth/caller';
import { Describe, FromQuery, PathId } from '../http/operation';
import {
  eventList,
  eventsQuery,
  outputList,
  outputQuery,
  runList,
  runsQuery,
  stepList,
  turnList,
  whole,
  type EventsQuery,
  type OutputQuery,
  type RunsQuery,
} from '../http/schemas';
import { DATABASE, type Database } from '../parts';

/** What people read of runs. */
@Controller('v1/runs')
export class RunsController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @Describe({ summary: 'The team’s runs, newest first', query: runsQuery, ok: { 200: runList } })
  list(@From() { teamId }: Caller, @FromQuery() query: RunsQuery) {
    return listRuns(this.database, { ...query, teamId });
  }

  @Get(':id')
  @Describe({ summary: 'A run', ok: { 200: run }, problems: ['not_found'] })
  find(@From() { teamId }: Caller, @PathId() id: string): Promise<Run> {
    return findRun(this.database, teamId, id);
  }

  @Get(':id/steps')
  @Describe({
    summary: 'The run’s steps in order, each with its attempts and their verifications',
    ok: { 200: stepList },
    problems: ['not_found'],
  })
  async steps(@From() { teamId }: Caller, @PathId() id: string) {
    await findRun(this.database, teamId, id);
    return whole(await listSteps(this.database, id));
  }

  @Get(':id/events')
  @Describe({
    summary: 'A page of the run’s events after `after`; `nextCursor` is the next `after` while there is more',
    query: eventsQuery,
    ok: { 200: eventList },
    problems: ['not_found', 'pruned'],
  })
  async events(@From() { teamId }: Caller, @PathId() id: string, @FromQuery() { after, limit }: EventsQuery) {
    await findRun(this.database, teamId, id);
    const data = await readKeptEvents(this.database, id, after, limit);
    return { data, nextCursor: data.length < limit ? null : String(data.at(-1)?.seq) };
  }

  @Get(':id/output')
  @Describe({
    summary: 'The agent’s output from byte `from` on; `nextCursor` is the next `from` while there is more',
    query: outputQuery,
    ok: { 200: outputList },
    problems: ['not_found'],
  })
  async output(@From() { teamId }: Caller, @PathId() id: string, @FromQuery() { from, limit }: OutputQuery) {
    await findRun(this.database, teamId, id);
    const data = await readOutput(this.database, id, from, limit);
    const last = data.at(-1);
    const next = last && last.offset + Buffer.byteLength(last.text);
    return { data, nextCursor: data.length < limit ? null : String(next) };
  }

  @Get(':id/conversation')
  @Describe({
    summary: 'Every prompt sent and reply received, in order',
    ok: { 200: turnList },
    problems: ['not_found'],
  })
  async conversation(@From() { teamId }: Caller, @PathId() id: string) {
    await findRun(this.database, teamId, id);
    return whole(await listTurns(this.database, id));
  }

  @Get(':id/results')
  @Header('content-type', 'text/markdown; charset=utf-8')
  @Describe({
    summary: 'The newest results document; it appears with the first completed step',
    ok: { 200: { media: 'text/markdown', says: 'The results document' } },
    problems: ['not_found'],
  })
  async results(@From() { teamId }: Caller, @PathId() id: string): Promise<string> {
    await findRun(this.database, teamId, id);
    return findResults(this.database, teamId, id);
  }

  @Get(':id/criteria')
  @Describe({
    summary:
      'The success criteria and the checklist, each item with its state and what proves it; empty before the first completed step',
    ok: { 200: criterionList },
    problems: ['not_found'],
  })
  async criteria(@From() { teamId }: Caller, @PathId() id: string) {
    await findRun(this.database, teamId, id);
    return whole(await listCriteria(this.database, teamId, id));
  }

  @Get(':id/diff')
  @Header('content-type', 'text/x-diff; charset=utf-8')
  @Describe({
    summary:
      'The diff from the run’s base to its head, or to the work of the step that waits for a review; it appears with the first of either',
    ok: { 200: { media: 'text/x-diff', says: 'The diff, as git prints it' } },
    problems: ['not_found'],
  })
  async diff(@From() { teamId }: Caller, @PathId() id: string): Promise<string> {
    await findRun(this.database, teamId, id);
    return findDiff(this.database, teamId, id);
  }
}
