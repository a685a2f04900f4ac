import type { Observed } from './observed';

/** How a turn ended. */
export const turnOutcomes = [
  'completed',
  'permission_denied',
  'empty',
  'refused',
  'max_turns',
  'budget',
  'context_too_long',
  'rate_limited',
  'session_limit',
  'overloaded',
  'auth_failed',
  'api_rejected',
  'api_error',
  'agent_error',
  'session_unknown',
  'session_in_use',
  'silent',
  'timed_out',
  'flooded',
  'interrupted',
  'bad_arguments',
  'not_started',
  'exited',
  'prompt_too_large',
] as const;

export type TurnOutcome = (typeof turnOutcomes)[number];

interface Row {
  readonly outcome: TurnOutcome;
  readonly when: (seen: Observed) => boolean;
}

/** All that Claude said about an error, for the rows that only words tell. The model's own text is never among it. */
const words = ({ result, stderr }: Observed): string =>
  [result?.is_error ? result.result : '', ...(result?.errors ?? []), stderr].join('\n');

const says = (seen: Observed, pattern: RegExp): boolean => pattern.test(words(seen));

const failed = (seen: Observed): boolean => seen.result?.is_error ?? false;

const status = ({ result, trouble }: Observed): number | null => result?.api_error_status ?? trouble?.status ?? null;

const failedWith = (seen: Observed, ...codes: number[]): boolean => failed(seen) && codes.includes(status(seen) ?? -1);

const usedUp = /(session|usage|weekly|5-hour|hour) limit|limit reached|\bresets? (at )?\d/i;

/** A turn that we stopped ends as an aborted one, or with the process. */
const aborted = ({ result }: Observed): boolean => /^aborted/.test(result?.terminal_reason ?? '');

/**
 * From what was seen to the outcome; the first row that fits. Exit 0 and `subtype: success` alone mean nothing: API errors say
 * "success", and a denied tool or an interruption exits with 0. `completed` is what is left when every other row is ruled out.
 */
const rows: readonly Row[] = [
  { outcome: 'silent', when: ({ limit }) => limit === 'init' || limit === 'idle' },
  { outcome: 'timed_out', when: ({ limit }) => limit === 'turn' },
  { outcome: 'interrupted', when: (seen) => seen.interrupted && (aborted(seen) || !seen.result) },
  { outcome: 'not_started', when: ({ ending }) => ending?.kind === 'not_started' },
  { outcome: 'flooded', when: ({ ending }) => ending?.kind === 'output_limit' || ending?.kind === 'process_limit' },
  { outcome: 'session_unknown', when: (seen) => seen.assistantMessages === 0 && says(seen, /No conversation found/i) },
  { outcome: 'session_in_use', when: (seen) => !seen.result && says(seen, /Session ID \S+ is already in use/i) },
  { outcome: 'bad_arguments', when: (seen) => !seen.result && says(seen, /^error: |could not start:/im) },
  { outcome: 'exited', when: ({ result }) => result === undefined },
  { outcome: 'max_turns', when: ({ result }) => result?.subtype === 'error_max_turns' },
  { outcome: 'budget', when: ({ result }) => result?.subtype === 'error_max_budget_usd' },
  {
    outcome: 'context_too_long',
    when: (seen) =>
      failed(seen) && (seen.result?.terminal_reason === 'prompt_too_long' || says(seen, /prompt is too long/i)),
  },
  { outcome: 'interrupted', when: aborted },
  {
    outcome: 'session_limit',
    when: (seen) => failedWith(seen, 429) && (seen.rateLimit?.exhausted || says(seen, usedUp)),
  },
  { outcome: 'rate_limited', when: (seen) => failedWith(seen, 429) },
  { outcome: 'overloaded', when: (seen) => failedWith(seen, 529) },
  {
    outcome: 'auth_failed',
    when: (seen) => failedWith(seen, 401, 403) || (failed(seen) && seen.trouble?.error === 'authentication_failed'),
  },
  { outcome: 'api_error', when: (seen) => failedWith(seen, 408, 409) },
  { outcome: 'api_rejected', when: (seen) => failed(seen) && (status(seen) ?? 0) >= 400 && (status(seen) ?? 0) < 500 },
  {
    outcome: 'api_error',
    when: (seen) => failed(seen) && (status(seen) !== null || seen.result?.terminal_reason === 'api_error'),
  },
  { outcome: 'agent_error', when: (seen) => failed(seen) || seen.result?.subtype !== 'success' },
  { outcome: 'permission_denied', when: ({ result }) => (result?.permission_denials.length ?? 0) > 0 },
  { outcome: 'refused', when: ({ result }) => result?.stop_reason === 'refusal' },
  { outcome: 'empty', when: ({ assistantMessages }) => assistantMessages === 0 },
];

export const outcomeOf = (seen: Observed): TurnOutcome => rows.find((row) => row.when(seen))?.outcome ?? 'completed';

const endingWords = ({ ending }: Observed): string => {
  if (ending === undefined) return '';
  if (ending.kind === 'exited') return `the process ended with status ${ending.exitCode}`;
  if (ending.kind === 'signalled') return `the process was ended by ${ending.signal}`;
  if (ending.kind === 'not_started') return ending.detail;
  return ending.kind === 'terminated'
    ? `the process was ended: ${ending.reason}`
    : `the process was ended: ${ending.kind}`;
};

const limitWords = {
  init: 'it did not begin within the time for its start',
  idle: 'nothing came for as long as it may be silent',
  turn: 'it took longer than a turn may',
} as const;

/** One sentence on what was seen, for the attempt's record and for questions. */
export const describeOutcome = (seen: Observed): string => {
  const denied = seen.result?.permission_denials.map((denial) => denial.tool_name) ?? [];
  const said = seen.result?.is_error ? [seen.result.result, ...seen.result.errors] : [];
  const parts = [
    seen.limit && limitWords[seen.limit],
    endingWords(seen),
    denied.length > 0 && `denied: ${denied.join(', ')}`,
    ...said,
    !seen.result && seen.stderr,
  ];
  return parts.filter(Boolean).join('; ').slice(0, 1_000);
};
