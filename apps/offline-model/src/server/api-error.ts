import { type FaultAct } from '../messages/acts';

/** An error as the Messages API words it. */
export interface ApiError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly type: 'error'; readonly error: { readonly type: string; readonly message: string } };
}

export const apiError = (
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): ApiError => ({
  status,
  headers,
  body: { type: 'error', error: { type, message } },
});

const statusFaults: Partial<Record<FaultAct['fault'], readonly [number, string, string]>> = {
  '429': [429, 'rate_limit_error', 'Number of requests has exceeded the rate limit (scripted)'],
  '529': [529, 'overloaded_error', 'Overloaded (scripted)'],
  '500': [500, 'api_error', 'Internal server error (scripted)'],
  '401': [401, 'authentication_error', 'invalid x-api-key (scripted)'],
  '400': [400, 'invalid_request_error', 'messages: the request is not valid (scripted)'],
  session_limit: [429, 'rate_limit_error', 'This request would exceed the limit of your account (scripted)'],
};

/** The HTTP error of a fault; undefined for the faults that break the stream in other ways. */
export function errorOf(act: FaultAct): ApiError | undefined {
  const known = statusFaults[act.fault];
  if (!known) return undefined;
  const retryAfter: Record<string, string> =
    act.retryAfter === undefined ? {} : { 'retry-after': String(act.retryAfter) };
  const limit = act.fault === 'session_limit' ? limitHeaders(act) : {};
  return apiError(...known, { ...retryAfter, ...limit });
}

/** The headers by which `claude` tells a used-up allowance from a throttle. */
function limitHeaders(act: FaultAct): Record<string, string> {
  const reset =
    typeof act.resetAt === 'string' ? Math.floor(Date.parse(act.resetAt) / 1000) : (act.resetAt ?? 4_102_444_800);
  return {
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-reset': String(reset),
    'anthropic-ratelimit-unified-representative-claim': 'five_hour',
    'anthropic-ratelimit-unified-5h-status': 'rejected',
    'anthropic-ratelimit-unified-5h-reset': String(reset),
    'anthropic-ratelimit-unified-5h-utilization': '1',
    'anthropic-ratelimit-unified-overage-status': 'rejected',
    'x-should-retry': 'false',
  };
}
