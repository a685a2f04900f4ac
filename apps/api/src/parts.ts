import type { Database } from '@lockstep/database';
import type { ApiConfig, StoredRetention } from '@lockstep/runtime';

/** Tokens of what is no class of ours, and so can't be found by type. */
export const DATABASE = Symbol('database');
export const SETTINGS = Symbol('settings');
export const LOGGER = Symbol('logger');
export const READY = Symbol('ready');

/** The settings that the API itself reads. */
export type ApiOptions = Pick<
  ApiConfig,
  'host' | 'port' | 'bodyLimitBytes' | 'relayIntervalMs' | 'sweepIntervalMs' | 'allowLocalRepositories' | 'snapshotDir'
> &
  StoredRetention;

export type { Database };
