import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { FeedGateway } from '../feed/feed.gateway';
import { HealthController } from './health.controller';

@Module({})
export class GatewayModule {
  /** The feed over the given parts, which live longer than Nest and are started and stopped elsewhere. */
  static over(parts: readonly Provider[]): DynamicModule {
    return { module: GatewayModule, controllers: [HealthController], providers: [...parts, FeedGateway] };
  }
}
