import { setTimeout as pause } from 'node:timers/promises';
import type { EventEnvelope, Run } from '@lockstep/contracts';
import type { Client } from '../create-client';
import { isProblem } from '../rest/problem-error';
import { stepOf, viewOf, withEvent, withSteps, type RunView } from './run-view';

export interface WatchListener {
  /** The view has the event folded in. */
  onEvent(view: RunView, event: EventEnvelope): void;
  onConnection?(connected: boolean, why?: string): void;
  /** The last event that is known already; 0 when left out. */
  readonly after?: number | undefined;
  readonly signal: AbortSignal;
}

/** A run that goes on by itself is watched on; every other state is its end or waits for a person. */
const goesOn: ReadonlySet<Run['status']> = new Set(['queued', 'running']);

/**
 * Follows a run from its first event until it ends or waits for a person, with every event seen by then. Resolves with the run as it
 * rests, or null when `signal` aborts first; rejects with ProblemError as `followRun` does. History is told too, and a state that has
 * passed is not taken for the present one.
 */
export async function watchUntilRest(client: Client, runId: string, listener: WatchListener): Promise<Run | null> {
  const [run, steps] = await Promise.all([client.runs.get(runId), client.runs.steps(runId)]);
  return new Watching(
    client,
    { ...viewOf(run, steps), seq: Math.max(listener.after ?? 0, run.prunedSeq ?? 0) },
    listener,
  ).run();
}

class Watching {
  private readonly over = new AbortController();
  private rest: Run | null = null;
  private checking = false;
  private checkAgain = false;
  private fault: { readonly error: unknown } | undefined;

  constructor(
    private readonly client: Client,
    private view: RunView,
    private readonly listener: WatchListener,
  ) {}

  async run(): Promise<Run | null> {
    const signal = AbortSignal.any([this.over.signal, this.listener.signal]);
    // With `after` there may be no event left to come.
    if (!goesOn.has(this.view.status)) this.check();
    await this.client.followRun(this.view.runId, {
      since: { seq: this.view.seq },
      signal,
      onEvent: (event) => this.event(event),
      onConnection: (connected, why) => this.listener.onConnection?.(connected, why),
    });
    if (this.fault) throw this.fault.error;
    return this.rest;
  }

  private event(event: EventEnvelope): void {
    this.view = withEvent(this.view, event);
    this.listener.onEvent(this.view, event);
    const key = stepOf(event);
    const unknown = key !== undefined && !this.view.steps.some((step) => step.key === key);
    if (unknown || !goesOn.has(this.view.status)) this.check();
  }

  /** One look at a time; what happens during a look asks for another. */
  private check(): void {
    this.checkAgain = true;
    if (this.checking) return;
    this.checking = true;
    void this.look().catch((error: unknown) => {
      this.fault = { error };
      this.over.abort();
    });
  }

  private async look(): Promise<void> {
    while (this.checkAgain && !this.listener.signal.aborted) {
      this.checkAgain = false;
      const found = await this.ask();
      if (found === undefined) this.checkAgain = await this.aMoment();
      else if (!goesOn.has(found.status) && found.seq <= this.view.seq) return this.end(found);
    }
    this.checking = false;
  }

  /** False when nobody wants to know any more. */
  private aMoment(): Promise<boolean> {
    return pause(1_000, true, { signal: this.listener.signal }).catch(() => false);
  }

  private end(run: Run): void {
    this.rest = run;
    this.over.abort();
  }

  /** The run as it is now; undefined when nobody answers for the moment. */
  private async ask(): Promise<Run | undefined> {
    const { runId } = this.view;
    try {
      const [run, steps] = await Promise.all([this.client.runs.get(runId), this.client.runs.steps(runId)]);
      this.view = withSteps(this.view, steps);
      return run;
    } catch (error) {
      if (isProblem(error) && (error.status === 0 || error.status >= 500)) return undefined;
      throw error;
    }
  }
}
