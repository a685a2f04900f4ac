import type { EventEnvelope, ProjectSettings, Question, Run, Step, Turn } from '@lockstep/contracts';
import type { Stack } from '../stack';
import type { StepCommit } from '../repository';
import type { ModelTurn } from './model';

/** A run while people deal with it. */
export interface Live {
  readonly stack: Stack;
  readonly runId: string;
  readonly repository: string;
  run(): Promise<Run>;
  openQuestions(): Promise<Question[]>;
  /** Everything that the agent printed so far. */
  output(): Promise<string>;
}

/** What people do, in this order; each waits until it can be done. */
export type Action =
  /** Answers every open question with this, once the run is blocked; `on` has to stand in one of them. */
  | { readonly answer: string; readonly on?: string }
  | { readonly cancelOnce: string }
  | { readonly pauseOnce: string }
  /** Once the run is paused. */
  | { readonly resume: true }
  | { readonly approve: string }
  | { readonly retry: string }
  | { readonly skip: string }
  | { readonly act: (live: Live) => Promise<void> };

export interface Expected {
  readonly status: Run['status'];
  readonly steps?: Readonly<Record<string, Step['status']>>;
  /** Step trailers of the delivered branch, oldest first; null is the closing commit. */
  readonly commits?: readonly (string | null)[];
  /** Outcomes of each step's attempts, in order. */
  readonly attempts?: Readonly<Record<string, readonly (string | null)[]>>;
  /** Event types of a step, without those that say how it goes on (`cost.updated`, `implementation.progress`). */
  readonly events?: Readonly<Record<string, readonly string[]>>;
  /** Status and a part of the text of every question that was asked, in order. */
  readonly questions?: readonly (readonly [Question['status'], string])[];
  /** Kinds of `agent.warning` that came, each once; others may come as well. */
  readonly warnings?: readonly string[];
  readonly retryCounts?: Readonly<Record<string, number>>;
}

export interface Scenario {
  /** Unique in its file; letters, digits and hyphens: it tells this run's prompts from the others'. */
  readonly tag: string;
  readonly plan: string;
  /** Files of the repository, beside a readme. */
  readonly files?: Readonly<Record<string, string>>;
  readonly settings?: Partial<ProjectSettings>;
  /** Where the plan lies in the repository. */
  readonly path?: string;
  readonly turns: readonly ModelTurn[];
  readonly people?: readonly Action[];
  readonly expected: Expected;
  /** What else has to hold at the end. */
  readonly also?: (seen: Seen) => void | Promise<void>;
}

/** What a run came to. */
export interface Seen extends Live {
  readonly ended: Run;
  readonly steps: readonly Step[];
  readonly commits: readonly StepCommit[];
  readonly events: readonly EventEnvelope[];
  readonly questions: readonly Question[];
  readonly turns: readonly Turn[];
}
