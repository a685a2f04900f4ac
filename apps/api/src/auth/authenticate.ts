import { Fault } from '@lockstep/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { rememberCaller } from './caller';
import type { Tokens } from './tokens';

/** The bearer token that a request shows, if any. */
export const bearerOf = ({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined =>
  /^Bearer +([\w.~+/=-]{1,512}) *$/i.exec(headers.authorization ?? '')?.[1];

/**
 * Everything under /v1 needs a token. A hook and not a guard, since guards run after the body was read: a stranger's ten megabytes
 * are not worth reading.
 */
export function requireToken(fastify: FastifyInstance, tokens: Tokens): void {
  fastify.addHook('onRequest', async (request) => {
    // The route that was found, and not the URL, which may spell it with percent signs.
    if (!request.routeOptions.url?.startsWith('/v1/')) return;
    const token = bearerOf(request);
    if (token === undefined)
      throw new Fault('unauthenticated', 'The request shows no token. Send Authorization: Bearer <token>.');
    const caller = await tokens.check(token);
    if (!caller)
      throw new Fault('unauthenticated', 'The token is unknown, expired or revoked. Ask the operator for another.');
    rememberCaller(request, caller);
  });
}
