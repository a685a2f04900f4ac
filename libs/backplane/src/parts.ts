import type { Logger } from '@lockstep/runtime';
import type { NudgeTransport } from './nudge/transport';
import type { BackplaneTimes } from './ports';
import type { QueueDriver } from './queue/driver';

export interface PartsOptions {
  readonly namespace: string;
  readonly times: BackplaneTimes;
  readonly logger: Logger;
}

/** What a server has to offer to become a backplane. */
export interface BackplaneParts {
  readonly kind: 'redis' | 'postgres';
  readonly driver: QueueDriver;
  readonly transport: NudgeTransport;
  /** Waits until the server can be used; rejects when it must not be, or when `signal` aborts. */
  ready(signal: AbortSignal): Promise<void>;
  check(): Promise<void>;
  close(): Promise<void>;
}
