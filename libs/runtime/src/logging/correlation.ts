import { AsyncLocalStorage } from 'node:async_hooks';

/** The ids that tie log lines together; they are added to every line written within `withCorrelation`. */
export interface CorrelationIds {
  readonly requestId?: string;
  readonly runId?: string;
  readonly planId?: string;
  readonly stepId?: string;
  readonly connectionId?: string;
}

const storage = new AsyncLocalStorage<CorrelationIds>();

/** Runs `fn`, and all that it awaits, with these ids added to those already in force. */
export const withCorrelation = <T>(ids: CorrelationIds, fn: () => T): T =>
  storage.run({ ...storage.getStore(), ...ids }, fn);

export const correlationIds = (): CorrelationIds => storage.getStore() ?? {};
