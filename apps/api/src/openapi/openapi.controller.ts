import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Describe } from '../http/operation';

export const OPENAPI = Symbol('openapi');

@Controller()
export class OpenApiController {
  constructor(@Inject(OPENAPI) private readonly document: () => string) {}

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Describe({ summary: 'This document', ok: { 200: { media: 'application/json', says: 'OpenAPI 3.1' } } })
  read(): string {
    return this.document();
  }
}
