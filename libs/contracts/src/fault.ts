/**
 * The one error class and its one table of codes. A fault is thrown where something cannot go on; an outcome that a caller
 * is expected to decide on (a step that failed, a turn that hit a limit) is a value and never a fault.
 *
 * `kind` says whose turn it is: the caller's (`input`, `auth`, `missing`, `conflict`, `limit`), the world's (`upstream`), or
 * ours (`internal`). The edges translate it: HTTP status, BullMQ's UnrecoverableError, the command's exit code.
 */
export type FaultKind = 'input' | 'auth' | 'missing' | 'conflict' | 'limit' | 'upstream' | 'internal';

interface FaultRow {
  readonly kind: FaultKind;
  /** HTTP status at the API's edge. */
  readonly status: number;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  readonly title: string;
}

const row = (kind: FaultKind, status: number, title: string, retryable = false): FaultRow => ({
  kind,
  status,
  title,
  retryable,
});

/** Codes are stable: clients match on them. Add rows; never rename one. */
export const faultCodes = {
  // requests
  bad_request: row('input', 400, 'The request is malformed'),
  invalid_body: row('input', 422, 'The request body does not have the documented shape'),
  payload_too_large: row('limit', 413, 'The request body is too large'),
  unsupported_media_type: row('input', 415, 'The request body is not JSON'),
  unauthenticated: row('auth', 401, 'A valid bearer token is needed'),
  pruned: row('missing', 410, 'It is no longer kept'),
  not_found: row('missing', 404, 'There is no such thing here'),
  idempotency_mismatch: row('conflict', 409, 'The Idempotency-Key was used for a different request'),
  rate_limited: row('limit', 429, 'Too many requests', true),
  // plans
  plan_unparseable: row('input', 422, 'No step was found in the plan document'),
  plan_invalid: row('input', 422, 'The plan document has errors'),
  plan_too_large: row('limit', 413, 'The plan document is too large'),
  plan_too_deep: row('limit', 422, 'The plan document is nested too deeply'),
  plan_deadline: row('limit', 422, 'Reading the plan document took too long'),
  no_verification: row('input', 422, 'A step has no verification command'),
  plan_not_approved: row('conflict', 409, 'The plan is not approved'),
  // moves
  stale_transition: row('conflict', 409, 'The state has changed in the meantime'),
  wrong_transition: row('conflict', 409, 'That move is not possible from the present state'),
  already_answered: row('conflict', 409, 'The question has been answered already'),
  answer_unclear: row('input', 422, 'The answer does not say what becomes of the budget'),
  lease_lost: row('conflict', 409, 'Another executor holds the run'),
  // repositories
  repository_not_allowed: row('input', 422, 'The repository may not be used here'),
  repository_unreachable: row('upstream', 422, 'The repository cannot be read', true),
  base_not_found: row('input', 422, 'The base is not in the repository'),
  repository_dirty: row('conflict', 409, 'The repository has uncommitted changes'),
  branch_diverged: row('conflict', 409, 'The branch has moved in the repository'),
  push_rejected: row('upstream', 409, 'The repository refused the branch'),
  git_failed: row('internal', 500, 'A git command failed'),
  snapshot_unusable: row('internal', 500, 'A run snapshot cannot be restored'),
  snapshots_unavailable: row('upstream', 503, 'The snapshot directory is away or cannot be written to', true),
  workspace_too_large: row('limit', 422, 'The working tree holds too many files'),
  // execution
  agent_unavailable: row('upstream', 503, 'The agent could not be started', true),
  isolation_unavailable: row('internal', 500, 'The isolation that was asked for is not available'),
  // feed
  feed_unauthenticated: row('auth', 401, 'The connection is not authenticated'),
  feed_bad_frame: row('input', 400, 'The frame is malformed'),
  feed_unknown_channel: row('missing', 404, 'There is no such channel'),
  feed_slow: row('limit', 429, 'The connection does not read fast enough', true),
  // services
  config_invalid: row('input', 500, 'The configuration is invalid'),
  database_unavailable: row('upstream', 503, 'Postgres cannot be reached', true),
  queue_unavailable: row('upstream', 503, 'The queue cannot be reached', true),
  internal: row('internal', 500, 'Something went wrong on our side'),
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof faultCodes;

/** Where in the input the problem is: a JSON pointer, or a position in a document (both 1-based). */
export interface FaultPlace {
  readonly pointer?: string;
  readonly line?: number;
  readonly column?: number;
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
}

export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    readonly code: FaultCode,
    /** What happened, to what, and what to do next. */
    message: string,
    readonly places: readonly FaultPlace[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get kind(): FaultKind {
    return faultCodes[this.code].kind;
  }

  get retryable(): boolean {
    return faultCodes[this.code].retryable;
  }
}

export const isFault = (error: unknown, code?: FaultCode): error is Fault =>
  error instanceof Fault && (code === undefined || error.code === code);
