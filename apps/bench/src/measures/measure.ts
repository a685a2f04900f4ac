import type { Line } from '../report/line';
import type { Servers } from '../world/servers';
import type { BackplaneKind, Stack } from '../world/stack';

export interface Bench {
  readonly servers: Servers;
  readonly quick: boolean;
}

interface Named {
  readonly name: string;
  /** Left out of a quick run unless it is asked for. */
  readonly longOnly?: boolean;
}

/** Needs no running Lockstep. */
export interface PlainMeasure extends Named {
  readonly needs: null;
  readonly run: (bench: Bench) => Promise<Line[]>;
}

/** Needs one, with this kind of agent; runs once per backplane. */
export interface StackMeasure extends Named {
  readonly needs: 'scripted' | 'claude';
  readonly run: (bench: Bench & { readonly stack: Stack }) => Promise<Line[]>;
}

/** Starts what it needs itself, once per backplane. */
export interface BackplaneMeasure extends Named {
  readonly needs: 'backplane';
  readonly run: (bench: Bench & { readonly backplane: BackplaneKind }) => Promise<Line[]>;
}

export type Measure = PlainMeasure | StackMeasure | BackplaneMeasure;
