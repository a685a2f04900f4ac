import type { Ending } from '@lockstep/supervise';
import { afterEnding, describeOutcome, outcomeOf, turnOutcomes, type Observed, type TurnOutcome } from './index';

const well = {
  type: 'result' as const,
  subtype: 'success',
  is_error: false,
  terminal_reason: 'completed',
  errors: [],
  permission_denials: [],
  result: 'done',
};
const base: Observed = { interrupted: false, assistantMessages: 1, stderr: '' };
const ended = (end: object): Ending => ({ durationMs: 1, stdoutBytes: 0, stderrBytes: 0, strays: 0, ...end }) as Ending;
const result = (more: object): Partial<Observed> => ({ result: { ...well, ...more } });
const error = (status: number | null, more: object = {}): Partial<Observed> =>
  result({ is_error: true, terminal_reason: 'api_error', api_error_status: status, result: 'API Error', ...more });
const rateLimit = { status: 429, exhausted: true, seenAt: 1 };

const table: readonly [string, Partial<Observed>, TurnOutcome][] = [
  ['everything as it should be', result({}), 'completed'],
  [
    'the model itself says what errors say',
    result({ result: 'No conversation found; session limit resets 8pm' }),
    'completed',
  ],
  ['success with a denied tool', result({ permission_denials: [{ tool_name: 'Bash' }] }), 'permission_denied'],
  ['success without a message of the model', { ...result({}), assistantMessages: 0 }, 'empty'],
  ['success of a refusal', result({ stop_reason: 'refusal' }), 'refused'],
  [
    'an aborted turn that we asked for',
    {
      ...result({ subtype: 'error_during_execution', is_error: true, terminal_reason: 'aborted_tools' }),
      interrupted: true,
    },
    'interrupted',
  ],
  [
    'an aborted turn that somebody else asked for',
    result({ subtype: 'error_during_execution', is_error: true, terminal_reason: 'aborted_streaming' }),
    'interrupted',
  ],
  ['a turn that was done before the interruption came', { ...result({}), interrupted: true }, 'completed'],
  ['401', error(401), 'auth_failed'],
  ['403', error(403), 'auth_failed'],
  ['429', error(429), 'rate_limited'],
  ['429 of a used-up allowance, by the headers', { ...error(429), rateLimit }, 'session_limit'],
  [
    '429 of a used-up allowance, by the words',
    error(429, { result: 'You’ve hit your session limit · resets 8pm' }),
    'session_limit',
  ],
  ['529', error(529), 'overloaded'],
  ['500', error(500), 'api_error'],
  ['400', error(400), 'api_rejected'],
  ['413', error(413), 'api_rejected'],
  ['no status', error(null), 'api_error'],
  ['too long a prompt', error(400, { terminal_reason: 'prompt_too_long' }), 'context_too_long'],
  ['max turns', result({ subtype: 'error_max_turns', is_error: true }), 'max_turns'],
  ['budget', result({ subtype: 'error_max_budget_usd', is_error: true }), 'budget'],
  [
    'an error that names nothing',
    result({ subtype: 'error_during_execution', is_error: true, terminal_reason: null }),
    'agent_error',
  ],
  ['a subtype from the future', result({ subtype: 'partial' }), 'agent_error'],
  [
    'an unknown session',
    {
      ...result({
        subtype: 'error_during_execution',
        is_error: true,
        errors: ['No conversation found with session ID: x'],
      }),
      assistantMessages: 0,
    },
    'session_unknown',
  ],
  [
    'a session in use',
    { ending: ended({ kind: 'exited', exitCode: 1 }), stderr: 'Error: Session ID x is already in use.' },
    'session_in_use',
  ],
  [
    'a bad flag',
    { ending: ended({ kind: 'exited', exitCode: 1 }), stderr: "error: unknown option '--x'" },
    'bad_arguments',
  ],
  ['exit 0 without a result', { ending: ended({ kind: 'exited', exitCode: 0 }) }, 'exited'],
  ['SIGTERM', { ending: ended({ kind: 'signalled', signal: 'SIGTERM', exitCode: 143 }) }, 'exited'],
  ['our own end of it', { ending: ended({ kind: 'terminated', reason: 'drain' }), interrupted: true }, 'interrupted'],
  ['too much output', { ending: ended({ kind: 'output_limit' }) }, 'flooded'],
  ['no start', { ending: ended({ kind: 'not_started', detail: 'x' }) }, 'not_started'],
  ['no beginning', { ending: ended({ kind: 'terminated', reason: 'x' }), limit: 'init' }, 'silent'],
  ['silence', { ending: ended({ kind: 'terminated', reason: 'x' }), limit: 'idle' }, 'silent'],
  ['too long a turn', { ending: ended({ kind: 'terminated', reason: 'x' }), limit: 'turn' }, 'timed_out'],
];

describe('the outcome of a turn', () => {
  it.each(table)('%s', (_, seen, outcome) => {
    expect(outcomeOf({ ...base, ...seen })).toBe(outcome);
  });

  it('has a case here for every outcome that is decided by what was seen', () => {
    const decided = turnOutcomes.filter((outcome) => outcome !== 'prompt_too_large');
    expect([...new Set(table.map(([, , outcome]) => outcome))].sort()).toEqual([...decided].sort());
  });

  it('is told in words', () => {
    const exited = { ending: ended({ kind: 'exited', exitCode: 7 }), stderr: 'why' };
    expect(describeOutcome({ ...base, ...exited })).toBe('the process ended with status 7; why');
    expect(describeOutcome({ ...base, ...error(500, { result: 'API Error: 500 boom' }) })).toBe('API Error: 500 boom');
  });
});

describe('what follows', () => {
  it('spends a fix attempt on nothing but a turn that took too long', () => {
    const spending = turnOutcomes.filter((outcome) =>
      ['failed', 'timed_out'].includes(afterEnding[outcome].attempt ?? ''),
    );
    expect(spending).toEqual(['timed_out']);
  });

  it('waits exactly for the provider’s weather', () => {
    expect(turnOutcomes.filter((outcome) => afterEnding[outcome].next === 'wait')).toEqual([
      'rate_limited',
      'session_limit',
      'overloaded',
    ]);
  });

  it('leaves to the gate only what the model finished', () => {
    expect(turnOutcomes.filter((outcome) => afterEnding[outcome].next === 'proceed')).toEqual([
      'completed',
      'permission_denied',
    ]);
  });
});
