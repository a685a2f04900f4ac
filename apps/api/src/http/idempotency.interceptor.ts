import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Fault } from '@lockstep/contracts';
import { once } from '@lockstep/database';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { callerOf } from '../auth/caller';
import { DATABASE, type Database } from '../parts';

/** A POST with an `Idempotency-Key` is carried out once; the same request again gets the first one's answer. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || key === undefined) return next.handle();
    return from(this.once(keyOf(key), request, context.switchToHttp().getResponse<FastifyReply>(), next));
  }

  private async once(key: string, request: FastifyRequest, reply: FastifyReply, next: CallHandler): Promise<unknown> {
    const { method, url, body } = request;
    const spec = { teamId: callerOf(request).teamId, key, request: { method, url, body } };
    const stored = await once(this.database, spec, async () => {
      const answer: unknown = await lastValueFrom(next.handle());
      return { status: reply.statusCode, body: answer };
    });
    reply.status(stored.status);
    return stored.body;
  }
}

function keyOf(header: string | string[]): string {
  if (typeof header === 'string' && /^[\x21-\x7e]{1,200}$/.test(header)) return header;
  throw new Fault(
    'bad_request',
    'An Idempotency-Key has 1 to 200 printable characters and no spaces; a UUID does well.',
  );
}
