import { Controller, Get, Inject, Post } from '@nestjs/common';
import { answers, type Answers } from '@lockstep/contracts';
import { answerQuestions, findRun, listQuestions, type Caller } from '@lockstep/database';
import { From } from '../auth/caller';
import { Describe, FromBody, FromQuery, PathId } from '../http/operation';
import { answered, questionList, questionsQuery, whole, type QuestionsQuery } from '../http/schemas';
import { DATABASE, type Database } from '../parts';
import { Announcer } from '../relay/announcer';

@Controller('v1')
export class QuestionsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(Announcer) private readonly announcer: Announcer,
  ) {}

  @Get('questions')
  @Describe({
    summary: 'The team’s questions, oldest first; at most 1000',
    query: questionsQuery,
    ok: { 200: questionList },
  })
  async list(@From() { teamId }: Caller, @FromQuery() { state, runId }: QuestionsQuery) {
    return whole(await listQuestions(this.database, { teamId, runId, status: state }));
  }

  @Get('runs/:id/questions')
  @Describe({ summary: 'The run’s questions, oldest first', ok: { 200: questionList }, problems: ['not_found'] })
  async ofRun(@From() { teamId }: Caller, @PathId() runId: string) {
    await findRun(this.database, teamId, runId);
    return whole(await listQuestions(this.database, { teamId, runId }));
  }

  @Post('runs/:id/answers')
  @Describe({
    summary: 'Answer a batch of questions, all or none; the run goes on when the last open blocker is answered',
    body: answers,
    ok: { 200: answered },
    problems: ['not_found', 'already_answered', 'answer_unclear', 'stale_transition'],
  })
  async answer(@From() { teamId, name: by }: Caller, @PathId() runId: string, @FromBody() body: Answers) {
    const { resumed } = await answerQuestions(this.database, { teamId, by }, runId, body.answers);
    this.announcer.run(runId);
    return { resumed, run: await findRun(this.database, teamId, runId) };
  }
}
