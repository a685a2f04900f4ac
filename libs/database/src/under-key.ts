import { AsyncLocalStorage } from 'node:async_hooks';

/** The Idempotency-Key that the present request came with. */
export interface RequestKey {
  readonly teamId: string;
  readonly key: string;
}

/** `once` sets it; every transaction that is committed under it marks the key as carried out. */
export const underKey = new AsyncLocalStorage<RequestKey>();
