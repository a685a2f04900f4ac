import { Controller, HttpStatus, Inject, Post, Res } from '@nestjs/common';
import { run, type Run } from '@lockstep/contracts';
import { cancelRun, decideStep, findRun, pauseRun, resumeRun, type Caller, type Effect } from '@lockstep/database';
import type { FastifyReply } from 'fastify';
import { From } from '../auth/caller';
import { Describe, PathId, PathKey, type Operation } from '../http/operation';
import { DATABASE, type Database } from '../parts';
import { Announcer } from '../relay/announcer';

/** 202: an executor holds the run and does it within one heartbeat. */
const move = (summary: string): Operation => ({
  summary: `${summary}; 202 when an executor holds the run and will do it`,
  ok: { 200: run, 202: run },
  problems: ['not_found', 'wrong_transition', 'stale_transition'],
});

/** `pruned`: the run has ended, and what it would go on from is no longer kept. */
const goesOn = ['not_found', 'wrong_transition', 'stale_transition', 'pruned'] as const;

const decision = (summary: string): Operation => ({ summary, ok: { 200: run }, problems: goesOn });

/** What people ask of runs and of their steps. */
@Controller('v1/runs')
export class MovesController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(Announcer) private readonly announcer: Announcer,
  ) {}

  @Post(':id/cancel')
  @Describe(move('End the run; its branch keeps the completed steps'))
  cancel(@From() caller: Caller, @PathId() id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Run> {
    return this.move(caller, id, reply, cancelRun);
  }

  @Post(':id/pause')
  @Describe(move('Stop the run at the next safe point'))
  pause(@From() caller: Caller, @PathId() id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Run> {
    return this.move(caller, id, reply, pauseRun);
  }

  @Post(':id/resume')
  @Describe({ ...move('Let a paused or failed run go on'), problems: goesOn })
  resume(@From() caller: Caller, @PathId() id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Run> {
    return this.move(caller, id, reply, resumeRun);
  }

  @Post(':id/steps/:key/retry')
  @Describe(decision('Try a blocked or reviewed step again, with a fresh allowance'))
  retry(@From() caller: Caller, @PathId() id: string, @PathKey() key: string): Promise<Run> {
    return this.decide(caller, { runId: id, key, verb: 'retry' });
  }

  @Post(':id/steps/:key/skip')
  @Describe(decision('Leave a step out'))
  skip(@From() caller: Caller, @PathId() id: string, @PathKey() key: string): Promise<Run> {
    return this.decide(caller, { runId: id, key, verb: 'skip' });
  }

  @Post(':id/steps/:key/approve')
  @Describe(decision('Let a step that needs a review through'))
  approve(@From() caller: Caller, @PathId() id: string, @PathKey() key: string): Promise<Run> {
    return this.decide(caller, { runId: id, key, verb: 'approve' });
  }

  private async move(
    { teamId, name: by }: Caller,
    id: string,
    reply: FastifyReply,
    work: (db: Database, who: { teamId: string; by: string }, runId: string) => Promise<Effect>,
  ): Promise<Run> {
    const effect = await work(this.database, { teamId, by }, id);
    this.announcer.run(id);
    if (effect === 'asked') reply.status(HttpStatus.ACCEPTED);
    return findRun(this.database, teamId, id);
  }

  private async decide({ teamId, name: by }: Caller, spec: Parameters<typeof decideStep>[2]): Promise<Run> {
    await decideStep(this.database, { teamId, by }, spec);
    this.announcer.run(spec.runId);
    return findRun(this.database, teamId, spec.runId);
  }
}
