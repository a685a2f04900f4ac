import type { EventEnvelope } from '@lockstep/contracts';
import { eventLine, printable, printableLines, renderSteps } from './render';
import { firstLine, type RunView } from './run-view';

/** Where a run is shown. */
export interface Screen {
  write(text: string): void;
  /** Whether lines can be drawn over. */
  readonly isTerminal: boolean;
  size(): { readonly columns: number; readonly rows: number };
}

/** Shows a run to people while it goes on. */
export interface Painter {
  event(view: RunView, event: EventEnvelope): void;
  /** Words that are no event's. */
  say(text: string): void;
  /** Leaves the last picture standing. */
  end(): void;
}

/** A list that is redrawn in a terminal, a line for each event elsewhere. */
export const painterFor = (screen: Screen): Painter =>
  screen.isTerminal ? new ListPainter(screen) : linePainter(screen);

const linePainter = (screen: Screen): Painter => ({
  event: (view, event) => {
    const line = eventLine(view, event);
    if (line !== undefined) screen.write(`${line}\n`);
  },
  say: (text) => screen.write(`${printableLines(text)}\n`),
  end: () => undefined,
});

const esc = '\u001b[';

/** Draws over its last picture. A list that is higher than the terminal shows the part around the step under way. */
class ListPainter implements Painter {
  private drawn = 0;

  constructor(private readonly screen: Screen) {}

  event(view: RunView): void {
    const { columns, rows } = this.screen.size();
    this.draw([...window(renderSteps(view, columns - 1), view, rows - 3), statusLine(view, columns - 1)]);
  }

  say(text: string): void {
    this.screen.write(`${this.above()}${printableLines(text)}\n`);
    this.drawn = 0;
  }

  end(): void {
    this.drawn = 0;
  }

  private draw(lines: readonly string[]): void {
    this.screen.write(`${this.above()}${lines.map((line) => `${line}\n`).join('')}`);
    this.drawn = lines.length;
  }

  private above(): string {
    return this.drawn === 0 ? '' : `${esc}${this.drawn}A\r${esc}J`;
  }
}

function window(lines: readonly string[], view: RunView, height: number): readonly string[] {
  if (lines.length <= height) return lines;
  // The last one: a parent is under way with its part, and the part is what counts.
  const busy = view.steps.findLastIndex(({ status }) => status === 'in_progress' || status === 'blocked');
  const start = Math.min(Math.max(0, busy - Math.floor(height / 2)), lines.length - height);
  return lines.slice(start, start + height);
}

function statusLine({ status, stage, reason, steps }: RunView, width: number): string {
  const leaves = steps.filter((step) => !steps.some(({ parent }) => parent === step.key));
  const done = leaves.filter((step) => step.status === 'completed').length;
  const why = reason ? ` · ${printable(firstLine(reason))}` : '';
  return `${status} · ${stage} · ${done}/${leaves.length} steps${why}`.slice(0, width);
}
