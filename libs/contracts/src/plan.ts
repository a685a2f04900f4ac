import { z } from 'zod';

/**
 * A plan as data: what `plan show --json` prints, what `POST /plans?dryRun=true` answers, and what is stored beside the
 * approved text. Lines and columns are 1-based, columns count UTF-16 units. Paths are relative to the workspace, with `/`.
 */

const line = z.int().min(1);

export const planSeverities = ['error', 'warning', 'note'] as const;
export const planSeveritySchema = z.enum(planSeverities);

/** An error refuses the plan, a warning is for its author, a note says which reading was taken. */
export const planProblemSchema = z.object({
  severity: planSeveritySchema,
  /** Stable: clients match on it. The list is in libs/plan/src/problems.ts. */
  code: z.string().min(1),
  line,
  column: z.int().min(1),
  message: z.string().min(1),
  /** What the author can do about it. */
  hint: z.string(),
});

/** One script, run as one `bash -eo pipefail`; a fenced block is one command however many lines it has. */
export const planCommandSchema = z.object({
  command: z.string().min(1),
  /** The plan's own clause about the result, without its `Expected:`; null when the plan has none. */
  expect: z.string().nullable(),
  /** `fail` where that clause says that the command is to fail. */
  outcome: z.enum(['pass', 'fail']),
  /** The command is run before the step's code exists (a test that must fail first) and is no part of the last word. */
  before: z.boolean(),
  /** A failure is noted and doesn't fail the step. */
  optional: z.boolean(),
  line,
});

/** What happens to a file: `write` where the plan names the file but not whether it exists. */
export const planFileActions = ['create', 'add', 'update', 'delete', 'write'] as const;

/** `run` is a script, `commit` a script of nothing but `git add`/`git commit`, `show` a block that belongs to no file. */
export const planCodeActions = [...planFileActions, 'run', 'commit', 'show'] as const;

export const planCodeSchema = z.object({
  /** Null for scripts and for blocks that name no file. */
  path: z.string().nullable(),
  action: z.enum(planCodeActions),
  /** The fence's language in lower case; empty when it has none. */
  language: z.string(),
  line,
  content: z.string(),
});

export const planTaskSchema = z.object({ text: z.string(), done: z.boolean() });
/** An item of the success criteria or of the checklist. What links it to its proof is in libs/plan/src/criteria. */
export const planCriterionSchema = z.object({
  text: z.string(),
  done: z.boolean(),
  line,
  /** What the item says that shows it; absent: nothing. */
  commands: z.array(planCommandSchema).optional(),
  /** What else it names in code, and the paths in it. */
  names: z.array(z.string()).optional(),
});

export const planStepFileSchema = z.object({
  path: z.string().min(1),
  action: z.enum(planFileActions),
  test: z.boolean(),
  line,
});

export const planStepKinds = ['setup', 'implement', 'document', 'validate'] as const;
export const planStepKindSchema = z.enum(planStepKinds);

/** The states a plan document may give a step; only `completed` and `skipped` change what a run does. */
export const planStepStatuses = ['pending', 'in_progress', 'blocked', 'needs_review', 'completed', 'skipped'] as const;

/**
 * How a step's place was read. `in_order`: where the document has it · `comes_after`: after the steps that it names ·
 * `part_of`: a part of its parent · `alternative`: another way to do `alternativeOf`, not carried out · `group`: a
 * phase that holds steps.
 */
export const planReadings = ['in_order', 'comes_after', 'part_of', 'alternative', 'group'] as const;

export const planStepSchema = z.object({
  /** Unique in the plan: `3`, `3a`, `step-1`, `phase-2`. */
  key: z.string().min(1),
  title: z.string(),
  goal: z.string().nullable(),
  tasks: z.array(planTaskSchema),
  /** Keys that have to be completed first; document order holds besides. */
  after: z.array(z.string()),
  parent: z.string().nullable(),
  /** Leaves are carried out; a step with sub-steps only lends them its text and its verification. */
  leaf: z.boolean(),
  alternativeOf: z.string().nullable(),
  reading: z.enum(planReadings),
  kind: planStepKindSchema,
  /** The state that the document itself gives the step. */
  status: z.enum(planStepStatuses),
  complexity: z.string().nullable(),
  code: z.array(planCodeSchema),
  tests: z.array(planCodeSchema),
  /** Every file that the step names as its own: of code blocks, test blocks, file lists and specifications. */
  files: z.array(planStepFileSchema),
  /** What the step owes, because it declares it. */
  declares: z.object({ code: z.boolean(), tests: z.boolean(), documents: z.boolean() }),
  /** In order. */
  verification: z.array(planCommandSchema),
  acceptance: z.array(z.string()),
  output: z.string().nullable(),
  estimateMinutes: z.int().min(0),
  line,
  endLine: line,
  /** The step's own text, byte for byte, without its sub-steps' text. */
  section: z.string(),
  /** sha256 of `section`, hex: a step whose hash is unchanged is unchanged. */
  hash: z.string().length(64),
});

export const planPrerequisiteSchema = z.object({
  title: z.string(),
  why: z.string().nullable(),
  /** Every command of the prerequisite, in document order. */
  commands: z.array(z.string()),
  affectedTests: z.array(z.string()),
  /** Run once, before the baseline. */
  setup: z.array(planCommandSchema),
  /** Shows that the prerequisite holds. */
  verification: z.array(planCommandSchema),
  /** What is green before the first step, and has to stay so. */
  baseline: z.array(planCommandSchema),
  line,
});

export const planFileSchema = z.object({
  path: z.string().min(1),
  action: z.enum(planFileActions),
  purpose: z.string(),
  line,
});

export const planDependencySchema = z.object({
  text: z.string(),
  /** Set for a block that goes into a file. */
  path: z.string().nullable(),
  language: z.string().nullable(),
  line,
});

export const planRiskSchema = z.object({ risk: z.string(), likelihood: z.string(), mitigation: z.string(), line });

export const planSectionSchema = z.object({
  title: z.string(),
  depth: z.int().min(1).max(6),
  line,
  text: z.string(),
});

export const planDialects = [
  'plan_step',
  'template',
  'template_newer',
  'phases',
  'numbered',
  'superpowers',
  'ralphex',
  'unknown',
] as const;

export const planDocumentSchema = z.object({
  title: z.string(),
  slug: z.string(),
  dialect: z.enum(planDialects),
  profile: z.string(),
  overview: z.record(z.string(), z.string()),
  deliverables: z.array(z.string()),
  prerequisites: z.array(planPrerequisiteSchema),
  criteria: z.array(planCriterionSchema),
  /** In document order, leaves and parents alike. */
  steps: z.array(planStepSchema),
  checklist: z.array(planCriterionSchema),
  /** What the whole plan is checked with at its end. */
  doneLooksLike: z.array(planCommandSchema),
  /** Test files named as affected, anywhere in the plan. */
  affectedTests: z.array(z.string()),
  files: z.array(planFileSchema),
  dependencies: z.array(planDependencySchema),
  risks: z.array(planRiskSchema),
  /** Every heading that is none of the above. */
  sections: z.array(planSectionSchema),
  /** The author's own project folder, where the document names it; it is the workspace now. */
  authorRoot: z.string().nullable(),
  problems: z.array(planProblemSchema),
  /** The whole document in order: text that is no step's, or the index in `steps` whose `section` stands there. */
  layout: z.array(z.union([z.string(), z.int().min(0)])),
});

export type PlanSeverity = z.infer<typeof planSeveritySchema>;
export type PlanProblem = z.infer<typeof planProblemSchema>;
export type PlanCommand = z.infer<typeof planCommandSchema>;
export type PlanFileAction = (typeof planFileActions)[number];
export type PlanCodeAction = (typeof planCodeActions)[number];
export type PlanCode = z.infer<typeof planCodeSchema>;
export type PlanTask = z.infer<typeof planTaskSchema>;
export type PlanCriterion = z.infer<typeof planCriterionSchema>;
export type PlanStepFile = z.infer<typeof planStepFileSchema>;
export type PlanStepKind = z.infer<typeof planStepKindSchema>;
export type PlanStepStatus = (typeof planStepStatuses)[number];
export type PlanReading = (typeof planReadings)[number];
export type PlanStep = z.infer<typeof planStepSchema>;
export type PlanPrerequisite = z.infer<typeof planPrerequisiteSchema>;
export type PlanFile = z.infer<typeof planFileSchema>;
export type PlanDependency = z.infer<typeof planDependencySchema>;
export type PlanRisk = z.infer<typeof planRiskSchema>;
export type PlanSection = z.infer<typeof planSectionSchema>;
export type PlanDialect = (typeof planDialects)[number];
export type PlanDocument = z.infer<typeof planDocumentSchema>;
