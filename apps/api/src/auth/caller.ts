import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Fault } from '@lockstep/contracts';
import type { Caller } from '@lockstep/database';
import type { FastifyRequest } from 'fastify';

const callers = new WeakMap<FastifyRequest, Caller>();

export const rememberCaller = (request: FastifyRequest, caller: Caller): void => void callers.set(request, caller);

/** Who asks. Every route under /v1 has one: requests without are refused before their body is read. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Fault('unauthenticated', 'Send Authorization: Bearer <token>.');
  return caller;
}

export const From = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
