import type {
  AdvanceMode,
  AttemptOutcome,
  QuestionCategory,
  QuestionStatus,
  RunStatus,
  StageName,
  StepStatus,
  WaitReason,
} from '@lockstep/contracts';

/** Rows as the named statements return them (snake case, bigint and numeric as text). */
export interface RunRow extends Record<string, unknown> {
  readonly id: string;
  readonly team_id: string;
  readonly project_id: string;
  readonly plan_id: string;
  readonly status: RunStatus;
  readonly stage: StageName;
  readonly wait_reason: WaitReason | null;
  readonly reason: string | null;
  readonly branch: string;
  readonly after_run_id: string | null;
  readonly discard_work: boolean;
  readonly base_ref: string | null;
  readonly base_sha: string | null;
  readonly head_sha: string | null;
  readonly session_id: string;
  readonly session_started: boolean;
  readonly session_cost_usd: string | null;
  readonly model: string | null;
  readonly advance: AdvanceMode;
  readonly settings: unknown;
  readonly prepared_at: Date | null;
  readonly event_seq: number;
  readonly turn_count: number;
  readonly fencing_token: string;
  readonly lease_owner: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly snapshots_pruned_at: Date | null;
}

export interface StepRow extends Record<string, unknown> {
  readonly run_id: string;
  readonly key: string;
  readonly parent: string | null;
  readonly position: number;
  readonly is_leaf: boolean;
  readonly title: string;
  readonly status: StepStatus;
  readonly round: number;
  readonly retry_count: number;
  readonly commit_sha: string | null;
  readonly summary: string | null;
  readonly files_modified: string[];
  readonly lessons: string[];
  readonly deviations: string[];
  readonly section: string | null;
  readonly approved_by: string | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

export interface AttemptRow extends Record<string, unknown> {
  readonly step_key: string;
  readonly number: number;
  readonly round: number;
  readonly is_fix: boolean;
  readonly outcome: AttemptOutcome | null;
  readonly detail: string | null;
  readonly started_at: Date;
  readonly finished_at: Date | null;
}

export interface QuestionRow extends Record<string, unknown> {
  readonly id: string;
  readonly run_id: string;
  readonly step_key: string | null;
  readonly category: QuestionCategory;
  readonly status: QuestionStatus;
  readonly text: string;
  readonly options: string[];
  readonly budget: unknown;
  readonly answer: string | null;
  readonly answered_by: string | null;
  readonly asked_at: Date;
  readonly answered_at: Date | null;
  readonly delivered_at: Date | null;
}
