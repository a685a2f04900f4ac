import type { PlanDocument, PlanStep, ProjectSettings } from '@lockstep/contracts';
import type { RunRow } from '@lockstep/database';
import type { ExecutorConfig, Logger } from '@lockstep/runtime';
import type { RunControl } from '../lease/run-control';
import type { RunStore } from './run-store';

/** The plan version that a run carries out. */
export interface RunPlan {
  readonly id: string;
  readonly document: string;
  /** Where the document lies in the repository, when it does. */
  readonly path: string | null;
  readonly parsed: PlanDocument;
}

/** What is known of a run while it is driven. */
export interface RunContext {
  readonly run: RunRow;
  /** The token of the executor that drove it before: whose disk holds the newest working tree. */
  readonly previousDriver: string | null;
  readonly plan: RunPlan;
  readonly repository: string;
  readonly settings: ProjectSettings;
  readonly store: RunStore;
  readonly control: RunControl;
  readonly config: ExecutorConfig;
  readonly logger: Logger;
}

/** Where the results document of a run goes in its repository. */
export const resultsPathOf = (plan: RunPlan): string => `docs/${plan.parsed.slug || 'plan'}-results.md`;

/** A step's plan text by key; sub-steps that the agent split off have none. */
export const plannedStep = (plan: RunPlan, key: string): PlanStep | undefined =>
  plan.parsed.steps.find((step) => step.key === key);
