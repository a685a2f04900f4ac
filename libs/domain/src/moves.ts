import type { CredentialState, PlanStatus, QuestionStatus, RunStatus, StepStatus } from '@lockstep/contracts';

/**
 * The state machines of contracts.md §2, one table each: from a state, the states it may move to. Predicates, the guards of the
 * database and docs/state-machines.md are derived from these tables; no state string is compared anywhere else.
 * The shape (a table of named moves, compare-and-set on the state they leave) follows river's job states.
 */
export type MoveTable<S extends string> = { readonly [from in S]: readonly S[] };

/** An immutable version of a plan document, from submission to a person's decision. */
export const planMoves = {
  draft: ['approved', 'rejected'],
  approved: ['superseded'],
  rejected: [],
  superseded: [],
} as const satisfies MoveTable<PlanStatus>;

/** One unit of a plan within a run. `completed | skipped → pending` is a reopening: the step's round rises. */
export const stepMoves = {
  pending: ['in_progress', 'completed', 'skipped'],
  in_progress: ['completed', 'blocked', 'needs_review', 'skipped', 'pending'],
  blocked: ['in_progress', 'skipped', 'pending'],
  needs_review: ['completed', 'in_progress', 'pending', 'skipped'],
  completed: ['pending'],
  skipped: ['pending'],
} as const satisfies MoveTable<StepStatus>;

/** One execution of an approved plan version. */
export const runMoves = {
  queued: ['running', 'blocked', 'paused', 'cancelled'],
  running: ['queued', 'blocked', 'paused', 'completed', 'failed', 'cancelled'],
  blocked: ['queued', 'cancelled'],
  paused: ['queued', 'cancelled'],
  failed: ['queued', 'cancelled'],
  completed: [],
  cancelled: [],
} as const satisfies MoveTable<RunStatus>;

export const questionMoves = {
  open: ['answered', 'withdrawn', 'expired'],
  answered: [],
  withdrawn: [],
  expired: [],
} as const satisfies MoveTable<QuestionStatus>;

/** What a provider says of a key, for all executors that use it. */
export const credentialMoves = {
  open: ['paused'],
  paused: ['half_open'],
  half_open: ['open', 'paused'],
} as const satisfies MoveTable<CredentialState>;

/** What each state means, for the generated document and for people who read an API answer. */
export const runStateMeanings: Record<RunStatus, string> = {
  queued: 'Waits for an executor; the queue has been rung, and the sweeper rings again when the bell is lost.',
  running: 'An executor holds the lease and drives the run.',
  blocked: 'Waits for answers. Holds no process, no slot and no job.',
  paused: 'Waits for a person otherwise: asked to, manual advance, or review.',
  completed: 'Every step is done, the clean room agreed, and the branch is delivered.',
  failed: 'Going on is impossible until a person acts on the reason.',
  cancelled: 'Ended by a person. The branch keeps the steps that were completed.',
};

export const stepStateMeanings: Record<StepStatus, string> = {
  pending: 'Not begun.',
  in_progress: 'The agent works on it, or the gate checks it.',
  blocked: 'Waits for the answer to a question.',
  needs_review: 'The gate passed, but something wants a person’s eyes first.',
  completed: 'The gate passed and exactly the tree it checked is committed.',
  skipped: 'A person or an amended plan decided that it is not carried out.',
};

export const planStateMeanings: Record<PlanStatus, string> = {
  draft: 'Submitted and parsed; waits for a decision.',
  approved: 'A person approved it; runs may start.',
  rejected: 'A person turned it down.',
  superseded: 'A newer version was approved in its place.',
};

export const questionStateMeanings: Record<QuestionStatus, string> = {
  open: 'Waits for an answer; the first one wins.',
  answered: 'A person answered it.',
  withdrawn: 'The run ended or went on without it.',
  expired: 'Nobody answered in time.',
};

export const credentialStateMeanings: Record<CredentialState, string> = {
  open: 'The provider takes requests.',
  paused: 'The provider refused one. Until the time that it named, or a back-off, no turn begins with this key.',
  half_open: 'The pause is over, and one run tries. What it hears decides for all.',
};

export const mayMove = <S extends string>(table: MoveTable<S>, from: S, to: S): boolean => table[from].includes(to);

/** The states from which `to` can be reached: the guard of a compare-and-set. */
export const sourcesOf = <S extends string>(table: MoveTable<S>, to: S): S[] =>
  (Object.keys(table) as S[]).filter((from) => table[from].includes(to));

export const isFinal = <S extends string>(table: MoveTable<S>, state: S): boolean => table[state].length === 0;

/** A run in one of these holds no lease: the API may move it without an executor. */
export const isAtRest = (status: RunStatus): boolean => status !== 'running';
export const isStepDone = (status: StepStatus): boolean => status === 'completed' || status === 'skipped';
