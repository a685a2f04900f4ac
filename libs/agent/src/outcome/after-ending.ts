import type { AttemptOutcome } from '@lockstep/contracts';
import type { TurnOutcome } from './outcome';

export interface AfterEnding {
  /**
   * `proceed`: the gate decides. `retry`: the same again, by itself, a few times. `wait`: until the provider lets us, as often
   * as it takes. `ask`: a person. `fail`: the fault is in the installation, and nothing about the run mends it.
   */
  readonly next: 'proceed' | 'retry' | 'wait' | 'ask' | 'fail';
  /** Which session goes on: `fresh` ones are told what is done. */
  readonly session: 'same' | 'fresh';
  /** Whether the process still converses; otherwise a new one resumes. */
  readonly process: 'same' | 'new';
  /** What the attempt is recorded as; null where the gate says. Only `timed_out` spends a fix attempt here. */
  readonly attempt: AttemptOutcome | null;
  readonly why: string;
}

const row = (
  next: AfterEnding['next'],
  attempt: AttemptOutcome | null,
  why: string,
  more: Partial<Pick<AfterEnding, 'session' | 'process'>> = {},
): AfterEnding => ({ next, attempt, why, session: 'same', process: 'new', ...more });

const sameProcess = { process: 'same' } as const;

/** What follows a turn's end, and why. */
export const afterEnding = {
  completed: row('proceed', null, 'The turn ended well; the gate has the last word', sameProcess),
  permission_denied: row(
    'proceed',
    null,
    'A tool was denied, the rest was done; the gate finds out whether it mattered',
    sameProcess,
  ),
  empty: row('retry', 'infra_error', 'The model said nothing at all', sameProcess),
  refused: row('ask', 'blocked', 'The model declines; asking again the same way changes nothing', sameProcess),
  max_turns: row('ask', 'blocked', 'The turn used up its model calls; a person decides whether it may have more'),
  budget: row('ask', 'blocked', 'The budget is used up; a person decides whether to raise it'),
  context_too_long: row(
    'retry',
    'infra_error',
    'The conversation no longer fits the model; a fresh one is told what is done',
    { session: 'fresh' },
  ),
  rate_limited: row('wait', 'rate_limited', 'Requests come too fast for this credential'),
  session_limit: row(
    'wait',
    'rate_limited',
    'The credential’s allowance is used up until its reset; trying earlier is no use',
  ),
  overloaded: row('wait', 'rate_limited', 'The provider is overloaded; it is nobody’s fault here'),
  auth_failed: row('ask', 'infra_error', 'The provider does not accept the credential; a person has to mend it'),
  api_rejected: row('ask', 'infra_error', 'The provider refuses the request itself; the same request is refused again'),
  api_error: row('retry', 'infra_error', 'The provider failed or its answer broke off'),
  agent_error: row('retry', 'infra_error', 'Claude ended the turn with an error of its own'),
  session_unknown: row('retry', 'infra_error', 'There is no such session here; a fresh one is told what is done', {
    session: 'fresh',
  }),
  session_in_use: row('retry', 'infra_error', 'The session exists already; it is resumed instead of begun'),
  silent: row('retry', 'infra_error', 'Nothing came any more; the work so far is in the session'),
  timed_out: row('retry', 'timed_out', 'The turn took longer than it may'),
  flooded: row('ask', 'infra_error', 'The process went beyond its output or process limit; it likely does so again'),
  interrupted: row('retry', 'interrupted', 'We stopped it ourselves; it costs nothing'),
  bad_arguments: row('fail', 'infra_error', 'Claude does not accept its command line: its version and ours don’t fit'),
  not_started: row('fail', 'infra_error', 'The process could not be started on this machine'),
  exited: row('retry', 'infra_error', 'The process ended before its turn did; the work so far is in the session'),
  prompt_too_large: row(
    'fail',
    'infra_error',
    'The prompt is longer than Claude’s input takes; long text belongs in a file',
  ),
} as const satisfies Record<TurnOutcome, AfterEnding>;
