import { HttpCode, applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { Fault, type FaultCode } from '@lockstep/contracts';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { checkBody, checkQuery } from './check';

/** A successful answer: JSON of a schema, or a text of another media type. */
export type Answer = z.ZodType | { readonly media: string; readonly says: string };

/**
 * What a route takes and gives, stated once: the same schemas check the request and make the OpenAPI document. `ok` maps statuses to
 * answers; the lowest is the usual one. `problems` names the codes that are this route's own; those that any route may give (401,
 * 500, …) are added in the document.
 */
export interface Operation {
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly ok: Readonly<Record<number, Answer>>;
  readonly problems?: readonly FaultCode[];
}

const OPERATION = 'lockstep:operation';

export const Describe = (operation: Operation) =>
  applyDecorators(SetMetadata(OPERATION, operation), HttpCode(Number(Object.keys(operation.ok)[0])));

export const operationOf = (handler: object): Operation | undefined =>
  Reflect.getMetadata(OPERATION, handler) as Operation | undefined;

const request = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

function described(context: ExecutionContext): Operation {
  const operation = operationOf(context.getHandler());
  if (!operation) throw new Error(`${context.getHandler().name} has no @Describe`);
  return operation;
}

/** The request's body, as the operation's schema reads it; `invalid_body` with pointers otherwise. */
export const FromBody = createParamDecorator((_: unknown, context: ExecutionContext): unknown =>
  checkBody(described(context).body, request(context).body),
);

/** The query string, as the operation's schema reads it; `bad_request` with pointers otherwise. */
export const FromQuery = createParamDecorator((_: unknown, context: ExecutionContext): unknown =>
  checkQuery(described(context).query, request(context).query),
);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id in the path. What isn't an id can't be anything's, so it is `not_found`. */
export const PathId = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { id } = request(context).params as { id: string };
  if (!uuid.test(id)) throw new Fault('not_found', `${JSON.stringify(id)} is no id. Ids are UUIDs.`);
  return id;
});

/** A step's key in the path. */
export const PathKey = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { key } = request(context).params as { key: string };

  if (key.length > 200 || /\u0000/.test(key)) throw new Fault('not_found', 'There is no step with such a key.');
  return key;
});
