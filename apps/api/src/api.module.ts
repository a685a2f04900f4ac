import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { TicketsController } from './auth/tickets.controller';
import { CredentialsController } from './credentials.controller';
import { HealthController } from './health/health.controller';
import { IdempotencyInterceptor } from './http/idempotency.interceptor';
import { ProblemFilter } from './http/problem.filter';
import { openApiDocument } from './openapi/document';
import { OPENAPI, OpenApiController } from './openapi/openapi.controller';
import { routesOf } from './openapi/routes';
import { PlansController } from './plans/plans.controller';
import { ProjectsController } from './projects/projects.controller';
import { QuestionsController } from './questions/questions.controller';
import { AmendmentsController } from './runs/amendments.controller';
import { EventStreamController } from './runs/event-stream.controller';
import { MovesController } from './runs/moves.controller';
import { RunsController } from './runs/runs.controller';

const controllers: readonly Type[] = [
  ProjectsController,
  PlansController,
  RunsController,
  EventStreamController,
  MovesController,
  AmendmentsController,
  QuestionsController,
  TicketsController,
  CredentialsController,
  HealthController,
  OpenApiController,
];

/** Made when somebody first asks, and then kept: the start is quicker without. */
function documentOnce(): () => string {
  let text: string | undefined;
  return () => (text ??= JSON.stringify(openApiDocument(controllers.flatMap(routesOf))));
}

@Module({})
export class ApiModule {
  /** The routes over the given parts, which live longer than Nest and are started and stopped elsewhere. */
  static over(parts: readonly Provider[]): DynamicModule {
    return {
      module: ApiModule,
      controllers: [...controllers],
      providers: [
        ...parts,
        { provide: OPENAPI, useFactory: documentOnce },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
      ],
    };
  }
}
