import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { faultCodes } from '@lockstep/contracts';
import type { Logger } from '@lockstep/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOGGER } from '../parts';
import { sendProblem, toFault, toProblem } from './problem';

/** The one place where a fault becomes an HTTP answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const fault = toFault(error);
    const { status, retryable } = faultCodes[fault.code];
    if (status >= 500)
      this.logger.error({ err: fault.cause ?? fault, code: fault.code, url: request.url }, 'a request failed');
    if (reply.sent || reply.raw.headersSent) return;
    const problem = toProblem(fault, { instance: request.url.split('?')[0] ?? '/', requestId: request.id });
    // Fastify closes the connection of a body that it refuses to read; the client, still writing, would then lose the answer.
    if (status === 413) reply.removeHeader('connection');
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="lockstep"');
    if (retryable) reply.header('retry-after', '1');
    sendProblem(reply, problem);
  }
}
