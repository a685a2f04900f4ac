import { problem, type Problem } from '@lockstep/contracts';

/**
 * Every failure of a call. `code` is the API's stable code, or one of the client's own:
 * `unreachable` — nobody answered (status 0); `timeout` — no answer in time (status 0); `unexpected_response` — something answered
 * that isn't this API. `detail` says what to do next.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** Where in the request the problem is. */
    readonly errors: NonNullable<Problem['errors']> = [],
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

export const isProblem = (error: unknown, code?: string): error is ProblemError =>
  error instanceof ProblemError && (code === undefined || error.code === code);

/** An answer that isn't 2xx, as an error. */
export function problemOf(status: number, body: string, url: string): ProblemError {
  const read = problem.safeParse(jsonOr(body));
  if (read.success) return new ProblemError(status, read.data.code, read.data.detail, read.data.errors ?? []);
  return new ProblemError(
    status,
    'unexpected_response',
    `${url} answered ${status} with something that is no problem document. Check that the URL is Lockstep's API and that nothing stands in between.`,
  );
}

/** No answer: the connection failed or took too long. */
export function unreachable(error: unknown, url: string): ProblemError {
  const origin = new URL(url).origin;
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError')
    return new ProblemError(
      0,
      'timeout',
      `${origin} gave no answer in time. It may be overloaded or hung: look at ${origin}/readyz, then try again.`,
      [],
      { cause: error },
    );
  return new ProblemError(
    0,
    'unreachable',
    `${origin} cannot be reached (${cause?.code || cause?.message || message}). Start the API, for instance with \`lockstep dev\`, or set LOCKSTEP_URL to where it runs.`,
    [],
    { cause: error },
  );
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
