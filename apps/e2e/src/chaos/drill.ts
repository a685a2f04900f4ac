import type { ServiceProcess, Stack, StackOptions } from '../stack';
import type { Random } from './random';
import type { BreakablePostgres } from './servers/postgres';
import type { BreakableRedis } from './servers/redis';

export type BackplaneKind = 'redis' | 'postgres';

export interface Servers {
  readonly postgres: BreakablePostgres;
  /** Absent where the machine has no `redis-server`. */
  readonly redis: BreakableRedis | undefined;
}

/** Where a drill plays: real processes, and servers that it may break. */
export interface Scene {
  readonly kind: BackplaneKind;
  readonly stack: Stack;
  readonly servers: Servers;
  readonly random: Random;
  /** How often a drill that repeats itself does so. */
  readonly rounds: number;
  /** A short form keeps the fault and gives up the numbers. */
  readonly short: boolean;
  /** The api process that serves now; a drill that starts another one says so. */
  api: ServiceProcess;
  /** The same environment for a service that a drill starts itself, with failpoints on top of those of the whole run. */
  armed(...failpoints: readonly string[]): Record<string, string>;
  /** Undone once every process has ended, whatever becomes of the drill. */
  defer(undo: () => void): void;
  /** A figure for the report. */
  note(name: string, value: number | string): void;
}

/** One fault, and what must be seen after it. The oracle is asked afterwards, whatever the drill itself looks at. */
export interface Drill {
  readonly name: string;
  /** What is done, in a sentence. */
  readonly about: string;
  readonly on: readonly BackplaneKind[];
  readonly stack: Omit<StackOptions, 'redisUrl'>;
  /** Why it cannot be played on this machine; undefined where it can. */
  readonly missing?: () => string | undefined;
  /** Part of the short form. */
  readonly short?: boolean;
  play(scene: Scene): Promise<void>;
}

export const both: readonly BackplaneKind[] = ['redis', 'postgres'];

/** The times that production runs with, where a scenario's hasty ones would prove nothing. */
export const productionTimes = {
  LOCKSTEP_LEASE_MS: '10000',
  LOCKSTEP_HEARTBEAT_MS: '3333',
  LOCKSTEP_SWEEP_INTERVAL_MS: '1000',
} as const;
