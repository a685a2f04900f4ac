import { Controller, Get, Header, HttpStatus, Inject, Res } from '@nestjs/common';
import type { Health } from '@lockstep/runtime';
import type { FastifyReply } from 'fastify';
import { Describe } from '../http/operation';
import { liveness, readiness } from '../http/schemas';
import { READY } from '../parts';
import { Metrics } from './metrics';

@Controller()
export class HealthController {
  constructor(
    @Inject(READY) private readonly health: Health,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  @Get('healthz')
  @Describe({ summary: 'Whether the process answers', ok: { 200: liveness } })
  live() {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Describe({
    summary: 'Whether everything that is needed answers; what does not is named',
    ok: { 200: readiness, 503: readiness },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const report = await this.health.ready();
    if (!report.ok) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @Describe({ summary: 'Prometheus metrics', ok: { 200: { media: 'text/plain', says: 'The metrics' } } })
  report(): Promise<string> {
    return this.metrics.render();
  }
}
