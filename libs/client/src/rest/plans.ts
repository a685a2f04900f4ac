import type {
  ApprovePlan,
  CreateProject,
  Lesson,
  Plan,
  PlanDocument,
  Project,
  Run,
  StartRun,
  SubmitPlan,
} from '@lockstep/contracts';
import type { CallOptions, Http } from './http';

interface ListOf<T> {
  readonly data: T[];
}

export const projectRoutes = (http: Http) => ({
  /** `stale_transition` when the team has a project of that name. */
  create: (spec: CreateProject, call?: CallOptions) => http.post<Project>('/projects', spec, call),
  /** Oldest first. */
  list: async (call?: CallOptions) => (await http.get<ListOf<Project>>('/projects', {}, call)).data,
  get: (id: string, call?: CallOptions) => http.get<Project>(`/projects/${segment(id)}`, {}, call),
  /** What its runs have taught: the newest, newest first. */
  lessons: async (id: string, call?: CallOptions) =>
    (await http.get<ListOf<Lesson>>(`/projects/${segment(id)}/lessons`, { limit: 200 }, call)).data,
});

export const planRoutes = (http: Http) => ({
  /** `plan_invalid`, `plan_unparseable` and `no_verification` carry `errors` with line and column. */
  submit: (spec: SubmitPlan, call?: CallOptions) => http.post<Plan>('/plans', spec, call),
  /** Reads the document as `submit` would, and stores nothing. */
  dryRun: (spec: SubmitPlan, call?: CallOptions) => http.post<PlanDocument>('/plans?dryRun=true', spec, call),
  get: (id: string, call?: CallOptions) => http.get<Plan>(`/plans/${segment(id)}`, {}, call),
  /** Starts a run as well, after another one when `after` names one; an amendment takes its place in the run that it amends. */
  approve: (id: string, call?: CallOptions, spec: ApprovePlan = {}) =>
    http.post<{ plan: Plan; runId: string }>(`/plans/${segment(id)}/approve`, spec, call),
  reject: (id: string, spec: { readonly reason?: string } = {}, call?: CallOptions) =>
    http.post<Plan>(`/plans/${segment(id)}/reject`, spec, call),
  /** Another run of an approved plan; `plan_not_approved` otherwise. */
  startRun: (id: string, spec: StartRun = {}, call?: CallOptions) =>
    http.post<Run>(`/plans/${segment(id)}/runs`, spec, call),
});

/** An id or key as one segment of a path. */
export const segment = encodeURIComponent;
