import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { withCorrelation, type Logger } from '@lockstep/runtime';
import { Fault } from '@lockstep/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem, toProblem } from './problem';

/** An id that a proxy gave the request is kept, so that one id leads through both logs. */
const acceptable = /^[\w.-]{8,100}$/;
const requestId = (header: unknown): string =>
  typeof header === 'string' && acceptable.test(header) ? header : randomUUID();

/** Fastify as this API wants it: JSON alone, bounded bodies, an id on every request. */
export function createAdapter(options: { readonly bodyLimitBytes: number; readonly logger: Logger }): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimitBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    genReqId: (request: IncomingMessage) => requestId(request.headers['x-request-id']),
    frameworkErrors: refuse,
    routerOptions: { maxParamLength: 500 },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  acceptJsonAlone(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    withCorrelation({ requestId: request.id }, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request;
    options.logger.debug({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
    done();
  });
  return adapter;
}

/** A URL that can't be decoded is refused by the router, before anything of Nest's could. */
function refuse(_error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const fault = new Fault('bad_request', 'The URL cannot be decoded. Check its percent signs.');
  sendProblem(reply, toProblem(fault, { instance: '/', requestId: request.id }));
}

function acceptJsonAlone(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  // Several clients send the content type with no body; that is no body then.
  fastify.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : void parse(request, body, done),
  );
}
