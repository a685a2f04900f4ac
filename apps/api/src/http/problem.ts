import { HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Fault, faultCodes, isFault, type FaultCode, type FaultPlace, type Problem } from '@lockstep/contracts';

/** Whatever was thrown, as a fault of the table: the filter knows nothing else. */
export function toFault(error: unknown): Fault {
  if (isFault(error)) return error;
  if (error instanceof HttpException) return fromHttp(error);
  const { code, name, message } = error as { code?: unknown; name?: string; message?: string };
  if (code === 'P2002')
    return new Fault('stale_transition', 'Something of that name has just been created. Look at it first.');
  const unreachable = ['P1001', 'P1002', 'P1008', 'P1017', 'P2024'].includes(String(code));
  if (unreachable || (/^Prisma/.test(name ?? '') && /ECONN|terminat|Can't reach/i.test(message ?? '')))
    return new Fault('database_unavailable', 'Postgres cannot be reached.', [], { cause: error });
  return new Fault('internal', 'unexpected', [], { cause: error });
}

const codeOfStatus: Readonly<Record<number, FaultCode>> = {
  400: 'bad_request',
  404: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

const advice: Partial<Record<FaultCode, string>> = {
  not_found: 'The routes are in /openapi.json.',
  payload_too_large: 'A plan may have 1 MB; send less.',
  unsupported_media_type: 'Send JSON with Content-Type: application/json.',
};

function fromHttp(error: HttpException): Fault {
  const status = error.getStatus();
  const code = codeOfStatus[status] ?? (status < 500 ? 'bad_request' : 'internal');
  const said = error.message.replace(/[.\s]+$/, '');
  return new Fault(code, [`${said}.`, advice[code]].filter(Boolean).join(' '), [], { cause: error });
}

const toError = ({ pointer, line, column, code, message, hint }: FaultPlace) => ({
  ...(pointer !== undefined && { pointer }),
  ...(line !== undefined && { line }),
  ...(column !== undefined && { column }),
  ...(code !== undefined && { code }),
  message,
  ...(hint !== undefined && { hint }),
});

/** RFC 9457. What went wrong on our side is told by its title alone; the log has the rest under the request's id. */
export function toProblem(fault: Fault, at: { readonly instance: string; readonly requestId: string }): Problem {
  const { status, title, retryable } = faultCodes[fault.code];
  const ours = `${title}.${retryable ? ' Try again in a moment.' : ''} The log names the cause under the request ${at.requestId}.`;
  return {
    type: `urn:lockstep:problem:${fault.code}`,
    title,
    status,
    detail: status >= 500 ? ours : fault.message,
    code: fault.code,
    instance: at.instance,
    ...(fault.places.length > 0 && status < 500 ? { errors: fault.places.map(toError) } : {}),
  };
}

export const sendProblem = (reply: FastifyReply, problem: Problem): void =>
  void reply
    .status(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
