import type { PlanDocument, PlanStep, RunSettings } from '@lockstep/contracts';
import type { RunRow } from '@lockstep/database';
import type { ExecutorConfig, Logger } from '@lockstep/runtime';
import type { Credential } from '../credential';
import type { RunControl } from '../lease/run-control';
import type { RunStore } from './run-store';

/** The plan version that a run carries out. */
export interface RunPlan {
  readonly id: string;
  readonly document: string;
  /** Where the document lies in the repository, when it does. */
  readonly path: string | null;
  readonly parsed: PlanDocument;
  /** Where the results document of the run goes in its repository. */
  readonly resultsPath: string;
}

/** What is known of a run while it is driven. */
export interface RunContext {
  readonly run: RunRow;
  /** The token of the executor that drove it before: whose disk holds the newest working tree. */
  readonly previousDriver: string | null;
  readonly plan: RunPlan;
  readonly repository: string;
  /** Settled when the run was created, from its profile, its project and its plan. */
  readonly settings: RunSettings;
  readonly store: RunStore;
  readonly control: RunControl;
  readonly config: ExecutorConfig;
  /** What the run's turns are paid with. */
  readonly credential: Credential;
  readonly logger: Logger;
}

/** A step's plan text by key; sub-steps that the agent split off have none. */
export const plannedStep = (plan: RunPlan, key: string): PlanStep | undefined =>
  plan.parsed.steps.find((step) => step.key === key);
