import type { NewEvent } from '@lockstep/contracts';
import type { AskedQuestion } from '@lockstep/domain';
import type { MarkerEvent, MarkerEventOf } from '@lockstep/markers';

export interface NotedTurn {
  readonly stepKey: string;
  readonly retryCount: number;
  readonly isLastStep: boolean;
}

/** What the agent said in a turn, as far as it matters: hints for the live view, a question, its own account of the step. */
export class TurnNotes {
  completion: MarkerEventOf<'step_complete'> | null = null;
  readonly blockers: AskedQuestion[] = [];
  readonly decisions: AskedQuestion[] = [];
  readonly parts: MarkerEventOf<'plan_step'>[] = [];

  constructor(private readonly turn: NotedTurn) {}

  private get stepKey(): string {
    return this.turn.stepKey;
  }

  /** Takes a marker in and returns the events that follow from it. A marker completes nothing. */
  note(marker: MarkerEvent): NewEvent[] {
    switch (marker.type) {
      case 'implementation_status':
        return [this.progress(marker)];
      case 'step_complete':
        return this.complete(marker);
      case 'decision_needed':
        this.decide(marker);
        return [];
      case 'implementation_complete':
        return this.turn.isLastStep ? [] : [this.early()];
      case 'plan_step':
        this.parts.push(marker);
        return [];
      case 'malformed':
        return [warning('malformed_marker', marker.detail)];
    }
  }

  private early(): NewEvent {
    const detail = `The agent says that the implementation is complete while it is on step ${this.stepKey} and others are open.`;
    return warning('early_completion', detail);
  }

  private progress(marker: MarkerEventOf<'implementation_status'>): NewEvent {
    return {
      type: 'implementation.progress',
      data: {
        stepId: this.stepKey,
        status: marker.status ?? 'implementing',
        filesModified: marker.filesModified,
        testsStatus: marker.testsStatus ?? null,
        retryCount: this.turn.retryCount,
        ...(marker.progress === undefined ? {} : { progress: marker.progress }),
        message: marker.message ?? '',
      },
    };
  }

  private complete(marker: MarkerEventOf<'step_complete'>): NewEvent[] {
    if (marker.stepId !== this.stepKey)
      return [
        warning('wrong_step', `The agent says that step ${marker.stepId} is complete; it is on step ${this.stepKey}.`),
      ];
    this.completion = marker;
    return [];
  }

  private decide({ category, immediate, text, options }: MarkerEventOf<'decision_needed'>): void {
    const advice = options.filter(({ recommended }) => recommended).map((option) => option.text);
    const recommended = advice.length === 0 ? '' : `\n\nRecommended: ${advice.join(', ')}`;
    const asked = { text: `${text}${recommended}`, options: options.map((option) => option.text) };
    if (category === 'blocker' && immediate) this.blockers.push(asked);
    else this.decisions.push(asked);
  }
}

export const warning = (kind: string, detail: string): NewEvent => ({
  type: 'agent.warning',
  data: { kind, detail: detail.slice(0, 4000) },
});
