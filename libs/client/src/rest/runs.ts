import type {
  Amendment,
  AmendmentImpact,
  AmendRun,
  Answers,
  Criterion,
  EventEnvelope,
  OutputChunk,
  Question,
  Run,
  Step,
  Turn,
} from '@lockstep/contracts';
import type { CallOptions, Http, Query } from './http';
import { segment } from './plans';

/** A page. `nextCursor` is what the next call passes on; null when this was the last. */
export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}

export interface RunFilter {
  readonly status?: Run['status'] | undefined;
  readonly projectId?: string | undefined;
  readonly cursor?: string | undefined;
  /** 1 to 200; 50 when left out. */
  readonly limit?: number | undefined;
}

export interface EventsFrom {
  /** The last `seq` that is known; 0 when left out. */
  readonly after?: number | undefined;
  /** 1 to 1000. */
  readonly limit?: number | undefined;
}

export interface OutputFrom {
  /** In bytes; 0 when left out. */
  readonly from?: number | undefined;
  /** 1 to 500 chunks. */
  readonly limit?: number | undefined;
}

type Move = 'cancel' | 'pause' | 'resume';
type Decision = 'retry' | 'skip' | 'approve';

export const runRoutes = (http: Http) => {
  const of = (id: string) => `/runs/${segment(id)}`;
  const all = async <T>(path: string, call?: CallOptions) => (await http.get<Page<T>>(path, {}, call)).data;
  const move = (verb: Move) => (id: string, call?: CallOptions) => http.post<Run>(`${of(id)}/${verb}`, {}, call);
  const decide = (verb: Decision) => (id: string, key: string, call?: CallOptions) =>
    http.post<Run>(`${of(id)}/steps/${segment(key)}/${verb}`, {}, call);
  return {
    get: (id: string, call?: CallOptions) => http.get<Run>(of(id), {}, call),
    /** Newest first. */
    list: (filter: RunFilter = {}, call?: CallOptions) => http.get<Page<Run>>('/runs', asQuery(filter), call),
    /** Stores the amended document as a draft; `plans.approve` puts it into effect. `wrong_transition` while the run is running. */
    amend: (id: string, spec: AmendRun, call?: CallOptions) => http.post<Amendment>(`${of(id)}/amendments`, spec, call),
    /** What the amended document would do to the run's steps; stores nothing. */
    previewAmendment: (id: string, spec: AmendRun, call?: CallOptions) =>
      http.post<AmendmentImpact>(`${of(id)}/amendments?dryRun=true`, spec, call),
    /** In document order, each with its attempts and their verifications. */
    steps: (id: string, call?: CallOptions) => all<Step>(`${of(id)}/steps`, call),
    /** In `seq` order. */
    events: (id: string, from: EventsFrom = {}, call?: CallOptions) =>
      http.get<Page<EventEnvelope>>(`${of(id)}/events`, asQuery(from), call),
    /** In `offset` order. */
    output: (id: string, from: OutputFrom = {}, call?: CallOptions) =>
      http.get<Page<OutputChunk>>(`${of(id)}/output`, asQuery(from), call),
    /** Every prompt sent and reply received. */
    conversation: (id: string, call?: CallOptions) => all<Turn>(`${of(id)}/conversation`, call),
    questions: (id: string, call?: CallOptions) => all<Question>(`${of(id)}/questions`, call),
    /** Markdown; `not_found` until the first step is completed. */
    results: (id: string, call?: CallOptions) => http.text(`${of(id)}/results`, call),
    /** The success criteria, then the checklist, each item with its state and what proves it; none before the first completed step. */
    criteria: (id: string, call?: CallOptions) => all<Criterion>(`${of(id)}/criteria`, call),
    /** As git prints it; `not_found` until the first step is completed. */
    diff: (id: string, call?: CallOptions) => http.text(`${of(id)}/diff`, call),
    /** While an executor holds the run, the move is asked for and done within one heartbeat: the run comes back as it still is. */
    cancel: move('cancel'),
    pause: move('pause'),
    resume: move('resume'),
    retryStep: decide('retry'),
    skipStep: decide('skip'),
    approveStep: decide('approve'),
    /** All or none; `already_answered` when somebody was quicker. `resumed` says whether the run goes on. */
    answer: (id: string, answers: Answers['answers'], call?: CallOptions) =>
      http.post<{ resumed: boolean; run: Run }>(`${of(id)}/answers`, { answers }, call),
  };
};

export const questionRoutes = (http: Http) => ({
  /** Oldest first. */
  list: async (
    filter: { readonly state?: Question['status'] | undefined; readonly runId?: string | undefined } = {},
    call?: CallOptions,
  ) => (await http.get<Page<Question>>('/questions', asQuery(filter), call)).data,
});

export const feedRoutes = (http: Http) => ({
  /** A pass to the feed for browsers, good once within 30 s. */
  ticket: (call?: CallOptions) => http.post<{ ticket: string; expiresAt: string }>('/feed/tickets', {}, call),
});

const asQuery = (filter: object): Query => ({ ...filter });
