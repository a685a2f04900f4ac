import { Controller, Get, HttpStatus, Inject, Res } from '@nestjs/common';
import type { Health } from '@lockstep/runtime';
import type { FastifyReply } from 'fastify';

export const READY = Symbol('ready');

@Controller()
export class HealthController {
  constructor(@Inject(READY) private readonly health: Health) {}

  @Get('healthz')
  live() {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const report = await this.health.ready();
    if (!report.ok) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }
}
