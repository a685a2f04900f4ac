import { Controller, Get, Inject } from '@nestjs/common';
import { listCredentials, type Caller } from '@lockstep/database';
import { From } from './auth/caller';
import { Describe } from './http/operation';
import { credentialList, whole } from './http/schemas';
import { DATABASE, type Database } from './parts';

/** What the provider says of the executors' keys: they belong to the installation, and no key is ever shown. */
@Controller('v1/credentials')
export class CredentialsController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @Describe({
    summary: 'The executors’ credentials: whether the provider takes requests with each, and until when it does not',
    ok: { 200: credentialList },
  })
  async list(@From() { teamId }: Caller) {
    return whole(await listCredentials(this.database, teamId));
  }
}
