import type { EventEnvelope, OutputChunk, Question, Run, Step } from '@lockstep/contracts';
import { ProblemError } from '../rest/problem-error';
import type { runRoutes } from '../rest/runs';
import { Track, type Span } from './track';

/** A run as of `seq`. */
export interface RunSnapshot {
  readonly run: Run;
  readonly steps: readonly Step[];
  /** Those that are open. */
  readonly questions: readonly Question[];
}

export interface Listener {
  readonly onEvent: (event: EventEnvelope) => void;
  readonly onOutput?: ((chunk: OutputChunk) => void) | undefined;
  readonly onSnapshot?: ((snapshot: RunSnapshot) => void) | undefined;
}

export interface DeliveryOptions {
  readonly runId: string;
  readonly runs: Pick<ReturnType<typeof runRoutes>, 'get' | 'steps' | 'questions' | 'events' | 'output'>;
  readonly listener: Listener;
  readonly signal: AbortSignal;
}

const spanOfEvent = ({ seq }: EventEnvelope): Span => ({ start: seq - 1, end: seq });
const spanOfChunk = ({ offset, text }: OutputChunk): Span => ({
  start: offset,
  end: offset + Buffer.byteLength(text),
});

/** Gives a run's events and output to a listener in order, each once, and reads over HTTP what the feed left out. */
export class Delivery {
  /** Undefined until a snapshot has said where events begin. */
  events: Track | undefined;
  output: Track;

  constructor(
    private readonly options: DeliveryOptions,
    from: { readonly seq?: number | undefined; readonly offset: number },
  ) {
    this.events = from.seq === undefined ? undefined : new Track(from.seq);
    this.output = new Track(from.offset);
  }

  snapshot(snapshot: RunSnapshot, seq: number): void {
    this.events = new Track(seq);
    if (!this.options.signal.aborted) this.options.listener.onSnapshot?.(snapshot);
  }

  async event(event: EventEnvelope): Promise<void> {
    const track = (this.events ??= new Track(event.seq - 1));
    const span = spanOfEvent(event);
    if (track.place(span) === 'hole') await this.readEvents(track, span.start);
    const place = track.place(span);
    if (place === 'hole')
      throw new ProblemError(
        0,
        'unreachable',
        `Event ${track.position + 1} of the run is missing; it is asked for again.`,
      );
    if (place === 'next') this.passEvent(track, event);
  }

  /** What was left out for a slow reader is read over HTTP; what isn't there either was never kept. */
  async chunk(chunk: OutputChunk): Promise<void> {
    const span = spanOfChunk(chunk);
    if (this.output.place(span) === 'hole') await this.readOutput(span.start);
    if (this.output.place(span) !== 'seen') this.passChunk(chunk);
  }

  /** All there is, over HTTP: for while the feed cannot be had. */
  async readAll(): Promise<void> {
    if (!this.events || !(await this.readKept(this.events))) await this.readSnapshot();
    if (this.options.listener.onOutput) await this.readOutput(Infinity);
  }

  /** False: what follows the last event is no longer kept. */
  private async readKept(track: Track): Promise<boolean> {
    try {
      await this.readEvents(track, Infinity);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'pruned') return false;
      throw error;
    }
  }

  private async readSnapshot(): Promise<void> {
    const { runs, runId, signal } = this.options;
    const run = await runs.get(runId, { signal });
    const [steps, questions] = await Promise.all([runs.steps(runId, { signal }), runs.questions(runId, { signal })]);
    this.snapshot({ run, steps, questions: questions.filter(({ status }) => status === 'open') }, run.seq);
  }

  private async readEvents(track: Track, until: number): Promise<void> {
    const { runs, runId, signal } = this.options;
    while (track.position < until && !signal.aborted) {
      const { data } = await runs.events(runId, { after: track.position }, { signal });
      if (data.length === 0) return;
      data
        .filter((event) => track.place(spanOfEvent(event)) === 'next')
        .forEach((event) => this.passEvent(track, event));
    }
  }

  private async readOutput(until: number): Promise<void> {
    const { runs, runId, signal } = this.options;
    while (this.output.position < until && !signal.aborted) {
      const { data } = await runs.output(runId, { from: this.output.position }, { signal });
      if (data.length === 0) return;
      data.filter((chunk) => spanOfChunk(chunk).start < until).forEach((chunk) => this.passChunk(chunk));
      if (data.some((chunk) => spanOfChunk(chunk).start >= until)) return;
    }
  }

  private passEvent(track: Track, event: EventEnvelope): void {
    track.pass(spanOfEvent(event));
    if (!this.options.signal.aborted) this.options.listener.onEvent(event);
  }

  private passChunk(chunk: OutputChunk): void {
    this.output.pass(spanOfChunk(chunk));
    if (!this.options.signal.aborted) this.options.listener.onOutput?.(chunk);
  }
}
