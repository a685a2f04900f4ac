import type {
  AttemptOutcome,
  Criterion,
  QuestionCategory,
  QuestionStatus,
  RunStatus,
  StepStatus,
  TestCounts,
  TokenUsage,
  Verdict,
  WaitReason,
} from '@lockstep/contracts';

/**
 * Everything a results document says, as plain facts from the database. Times are ISO 8601 strings, durations milliseconds,
 * costs US dollars. `null` or absent means unknown, and is written as unknown: never as nothing or zero.
 */
export interface ResultsFacts {
  readonly plan: PlanFacts;
  readonly run: RunFacts;
  readonly criteria: readonly CriterionFacts[];
  readonly prerequisites: readonly PrerequisiteFacts[];
  readonly baseline: BaselineFacts | null;
  /** Top-level steps in document order; sub-steps are their `children`. */
  readonly steps: readonly StepFacts[];
  readonly finalValidation: FinalValidationFacts | null;
  /** The production-grade checklist, walked like the criteria. */
  readonly checklist: readonly CriterionFacts[];
  /** Questions of the run that are no step's. */
  readonly questions: readonly QuestionFacts[];
  readonly totals: TotalsFacts;
}

export interface PlanFacts {
  readonly title: string;
  readonly version: number;
  /** Path in the repository. */
  readonly document?: string | null;
  readonly profile?: string | null;
  readonly goal?: string | null;
  readonly proves?: string | null;
  readonly productionGradeBecause?: string | null;
}

export interface RunFacts {
  readonly id: string;
  readonly status: RunStatus;
  readonly waitReason?: WaitReason | null;
  /** Why the run failed or was cancelled. */
  readonly reason?: string | null;
  readonly branch: string;
  /** The commit that the run started from. */
  readonly base?: string | null;
  readonly startedAt?: string | null;
  readonly completedAt?: string | null;
}

export type CriterionFacts = Pick<Criterion, 'text' | 'evidence'>;

export interface PrerequisiteFacts {
  readonly title: string;
  readonly why?: string | null;
  readonly state: 'pending' | 'passed' | 'failed';
  readonly verifications: readonly VerificationFacts[];
}

/** What passed and failed before the first step: only what fails anew counts against a step. */
export interface BaselineFacts {
  readonly verifications: readonly VerificationFacts[];
  /** Names of tests that failed already. */
  readonly failing: readonly string[];
}

/** One command that the gate ran. */
export interface VerificationFacts {
  readonly command: string;
  readonly expect?: string | null;
  readonly optional?: boolean;
  readonly verdict: Verdict;
  readonly exitCode: number | null;
  readonly durationMs: number | null;
  /** Null when the command reported no figures. */
  readonly tests: TestCounts | null;
  /** `sha256:…` of the whole output. */
  readonly outputDigest: string | null;
  readonly failing: readonly string[];
  /** Differences from what the plan expected, and what else the gate noticed. */
  readonly notes: readonly string[];
  /** The end of the output; shown only when the command did not pass. */
  readonly outputTail?: string | null;
}

export interface StepFacts {
  readonly key: string;
  readonly title: string;
  readonly status: StepStatus;
  /** The plan said that the step was done already: imported, not carried out. */
  readonly beforeRun?: boolean;
  readonly round: number;
  readonly startedAt?: string | null;
  readonly completedAt?: string | null;
  readonly goal?: string | null;
  /** The plan's own words on what the step puts out. */
  readonly output?: string | null;
  /** The agent's words on what it did. */
  readonly summary?: string | null;
  readonly filesModified: readonly string[];
  /** Of the latest gate run. */
  readonly verifications: readonly VerificationFacts[];
  readonly attempts: readonly AttemptFacts[];
  /** Issues and decisions in the agent's words. */
  readonly issues: readonly string[];
  readonly decisions: readonly string[];
  readonly deviations: readonly DeviationFacts[];
  readonly questions: readonly QuestionFacts[];
  readonly lessons: readonly LessonFacts[];
  /** Absent for the step whose commit holds this document: a commit can't contain its own hash. */
  readonly commit?: string | null;
  /** What earlier rounds committed, oldest first: it stays in the branch, whatever became of the step. */
  readonly earlierCommits?: readonly string[];
  readonly skipped?: PersonFacts | null;
  /** Who let a step through that needed review. */
  readonly approved?: PersonFacts | null;
  readonly children: readonly StepFacts[];
}

export interface PersonFacts {
  readonly by: string;
  readonly at?: string | null;
  readonly reason?: string | null;
}

export interface AttemptFacts {
  readonly number: number;
  readonly round: number;
  /** Which fix attempt of its allowance, from 1; 0 when it is none. */
  readonly fix: number;
  /** Null while it goes on. */
  readonly outcome: AttemptOutcome | null;
  readonly durationMs: number | null;
  readonly costUsd: number | null;
  /** What some of its turns cost is unknown. */
  readonly costIsPartial?: boolean;
  readonly failing: readonly string[];
  readonly reasons: readonly string[];
}

export interface DeviationFacts {
  readonly text: string;
  readonly paths: readonly string[];
}

export interface QuestionFacts {
  readonly status: QuestionStatus;
  readonly category: QuestionCategory;
  readonly text: string;
  readonly options: readonly string[];
  readonly askedAt?: string | null;
  readonly answer?: string | null;
  readonly by?: string | null;
  readonly answeredAt?: string | null;
}

export interface LessonFacts {
  readonly what: string;
  readonly evidence?: string | null;
}

/** The checks in the clean room. */
export interface FinalValidationFacts {
  readonly state: 'pending' | 'passed' | 'failed';
  readonly at?: string | null;
  /** The commit that was checked out anew. */
  readonly commit?: string | null;
  readonly verifications: readonly VerificationFacts[];
  /** Who had the run completed as it is, though the checks don't pass. */
  readonly attested?: PersonFacts | null;
}

export interface TotalsFacts {
  readonly durationMs: number | null;
  readonly costUsd: number | null;
  /** Part of the work has no known cost: the figure is a lower bound. */
  readonly costIsPartial?: boolean;
  readonly tokens: TokenUsage | null;
  readonly attempts: number;
  readonly fixAttempts: number;
}
