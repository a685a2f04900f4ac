import type { Lesson } from '../events';

/** A step as a prompt shows it. `section` is the plan's own text of the step, verbatim. */
export interface PromptStep {
  readonly key: string;
  readonly title: string;
  readonly section: string;
  /** The steps it is a part of, outermost first; their text goes before the step's. */
  readonly parents?: readonly PromptParent[];
  readonly verification: readonly PromptVerification[];
  readonly owes: readonly PromptDebt[];
}

export interface PromptParent {
  readonly key: string;
  readonly title: string;
  readonly section: string;
}

/** One script that the gate runs with `bash -eo pipefail`, and what the plan says it should show. */
export interface PromptVerification {
  readonly command: string;
  readonly expect?: string | null;
  readonly optional?: boolean;
}

/** What the gate wants to see present and changed; without paths, wherever it belongs. */
export interface PromptDebt {
  readonly what: 'code' | 'tests' | 'documents';
  readonly paths: readonly string[];
}

export interface DoneStep {
  readonly key: string;
  readonly title: string;
  readonly commit?: string | null;
  readonly summary?: string | null;
}

/** What every prompt needs: the step of the turn and where the run stands. */
export interface TurnFacts {
  readonly step: PromptStep;
  /** From 1, never reused. */
  readonly attempt: number;
  /** Fix attempts spent of this allowance; 0 in the first attempt. */
  readonly retryCount: number;
  readonly maxFixes: number;
  readonly done: readonly DoneStep[];
  /** Absolute path of a file with the step's section, named instead of the text when the prompt would be too long. */
  readonly stepFile?: string;
}

/** What the first message of a session tells once. */
export interface OpeningFacts {
  readonly title: string;
  /** The plan document's text, never altered. */
  readonly plan: string;
  /** Absolute path of a file with the plan's text, named instead of the text when the prompt would be too long. */
  readonly planFile?: string;
  /** Paths in the repository that the agent must not touch. */
  readonly planDocument?: string | null;
  readonly resultsDocument?: string | null;
  readonly branch?: string | null;
  /** The commit that the run starts from. */
  readonly base?: string | null;
  /** Paths that exist, as many as are worth telling. */
  readonly files?: readonly string[];
  /** The profile's guidelines, one sentence each. */
  readonly guidelines: readonly string[];
  /** The repository's own instructions to agents (its CLAUDE.md). */
  readonly repositoryWords?: { readonly path: string; readonly text: string } | null;
  readonly lessons: readonly (Lesson & { readonly from?: string | null })[];
}

/** Why the gate did not pass. */
export interface PromptFailure {
  readonly verdict: string;
  readonly command?: string | null;
  readonly exitCode?: number | null;
  /** Names of failing tests. */
  readonly failing: readonly string[];
  readonly outputTail?: string | null;
  /** Findings that are no command's: a missing file, a weakened test, an edited plan. */
  readonly reasons: readonly string[];
}

export interface PromptAnswer {
  readonly question: string;
  readonly answer: string;
  readonly by: string;
}

/** A person sent the step back instead of approving it. */
export interface PromptReview {
  readonly by: string;
  readonly words: string;
}

/** What a session that starts in the middle must be told. `opening` is left out when Claude's transcript was restored. */
export interface ResumeFacts {
  readonly opening?: OpeningFacts;
  readonly answers?: readonly PromptAnswer[];
  readonly failures?: readonly PromptFailure[];
}

export type TurnKind = 'step' | 'fix' | 'answer' | 'lessons' | 'resume';
