import type { Line } from '../report/line';
import type { Servers } from '../world/servers';
import type { BackplaneKind, Stack } from '../world/stack';

export interface Bench {
  readonly servers: Servers;
  readonly quick: boolean;
}

/** Needs no running Lockstep. */
export interface PlainMeasure {
  readonly name: string;
  readonly needs: null;
  readonly run: (bench: Bench) => Promise<Line[]>;
}

/** Needs one, with this kind of agent; runs once per backplane. */
export interface StackMeasure {
  readonly name: string;
  readonly needs: 'scripted' | 'claude';
  readonly run: (bench: Bench & { readonly stack: Stack }) => Promise<Line[]>;
}

/** Starts what it needs itself, once per backplane. */
export interface BackplaneMeasure {
  readonly name: string;
  readonly needs: 'backplane';
  readonly longOnly?: boolean;
  readonly run: (bench: Bench & { readonly backplane: BackplaneKind }) => Promise<Line[]>;
}

export type Measure = PlainMeasure | StackMeasure | BackplaneMeasure;
