import type { CreateProject, Plan, PlanDocument, Project, Run, StartRun, SubmitPlan } from '@lockstep/contracts';
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
});

export const planRoutes = (http: Http) => ({
  /** `plan_invalid`, `plan_unparseable` and `no_verification` carry `errors` with line and column. */
  submit: (spec: SubmitPlan, call?: CallOptions) => http.post<Plan>('/plans', spec, call),
  /** Reads the document as `submit` would, and stores nothing. */
  dryRun: (spec: SubmitPlan, call?: CallOptions) => http.post<PlanDocument>('/plans?dryRun=true', spec, call),
  get: (id: string, call?: CallOptions) => http.get<Plan>(`/plans/${segment(id)}`, {}, call),
  /** Starts a run as well. */
  approve: (id: string, call?: CallOptions) =>
    http.post<{ plan: Plan; runId: string }>(`/plans/${segment(id)}/approve`, {}, call),
  reject: (id: string, spec: { readonly reason?: string } = {}, call?: CallOptions) =>
    http.post<Plan>(`/plans/${segment(id)}/reject`, spec, call),
  /** Another run of an approved plan; `plan_not_approved` otherwise. */
  startRun: (id: string, spec: StartRun = {}, call?: CallOptions) =>
    http.post<Run>(`/plans/${segment(id)}/runs`, spec, call),
});

/** An id or key as one segment of a path. */
export const segment = encodeURIComponent;
