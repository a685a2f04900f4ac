import { afterEnding, type TurnResult } from '@lockstep/agent';
import { closingQuestion, type TurnFacts } from '@lockstep/domain';
import type { TurnNotes } from '../session/turn-notes';

/** The agent's table of endings as the facts that the decision needs. */
export function turnFactsOf(result: TurnResult, notes: TurnNotes): TurnFacts {
  const { next, why } = afterEnding[result.outcome];
  const ending = next === 'proceed' ? 'completed' : result.outcome === 'timed_out' ? 'timed_out' : next;
  return {
    ending,
    endingDetail: `${why}${result.detail === '' ? '' : ` (${result.detail})`}`,
    blocker: notes.blockers.at(-1) ?? null,
    completionMarker: notes.completion !== null,
    closingQuestion: closingQuestion(result.text),
  };
}
