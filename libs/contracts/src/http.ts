import { z } from 'zod';
import { budgetCrossing } from './budget';
import { criterion } from './criterion';
import { planDocumentSchema } from './plan';
import { profileOverrides, projectSaid, queueMode } from './profile';
import {
  advanceMode,
  attemptOutcome,
  credentialState,
  planStatus,
  profileName,
  providerLimit,
  questionCategory,
  questionStatus,
  runStatus,
  stageName,
  stepStatus,
  testCounts,
  tokenUsage,
  verdict,
  waitReason,
} from './states';

/** Request and response bodies of contracts.md §5. Times are RFC 3339 in UTC; money is US dollars; null means unknown. */
const time = z.string();
const command = z.string().min(1).max(10_000);

/** A project's settings with what every profile has in common filled in; the rest is there where the project says it. */
export const projectSettings = projectSaid.extend({
  setup: z.array(command).max(20).default([]),
  verify: z.array(command).max(20).default([]),
  model: z.string().min(1).max(100).nullable().default(null),
  profile: profileName.default('feature'),
  queue: queueMode.default('parallel'),
  advance: advanceMode.default('auto'),
  maxFixAttempts: z.int().min(0).max(20).default(3),
  turnLimitSeconds: z.int().min(5).max(86_400).default(3600),
  idleLimitSeconds: z.int().min(5).max(86_400).default(900),
  verificationLimitSeconds: z.int().min(1).max(86_400).default(900),
});
export type ProjectSettings = z.infer<typeof projectSettings>;

export const createProject = z.strictObject({
  name: z.string().min(1).max(200),
  /** An absolute path where the operator allows local repositories, or an https or ssh URL. */
  repository: z.string().min(1).max(2000),
  /** The branch or commit that runs start from; the repository's default branch when null. */
  base: z.string().min(1).max(200).nullable().default(null),
  settings: projectSaid.default({}),
});
export type CreateProject = z.input<typeof createProject>;

export const project = z.object({
  id: z.uuid(),
  teamId: z.uuid(),
  name: z.string(),
  repository: z.string(),
  base: z.string().nullable(),
  settings: projectSettings,
  createdAt: time,
});
export type Project = z.infer<typeof project>;

export const submitPlan = z.strictObject({
  projectId: z.uuid(),
  /** The plan, as it was written. */
  document: z.string(),
  /** The document's path in the repository, when it has one: the gate keeps it untouched. */
  path: z.string().max(1000).optional(),
  profile: profileName.optional(),
  /** What this plan says over its profile and over the project. */
  settings: profileOverrides.optional(),
});
export type SubmitPlan = z.infer<typeof submitPlan>;

export const rejectPlan = z.strictObject({ reason: z.string().max(10_000).optional() });

export const approvePlan = z.strictObject({
  /** Start when that run, or the newest run of that plan, is delivered, from its branch; `last`: the project's newest run that isn't cancelled. */
  after: z.union([z.uuid(), z.literal('last')]).optional(),
});
export type ApprovePlan = z.infer<typeof approvePlan>;

export const startRun = z.strictObject({
  base: z.string().min(1).max(200).optional(),
  model: z.string().max(100).optional(),
  advance: advanceMode.optional(),
});
export type StartRun = z.infer<typeof startRun>;

export const plan = z.object({
  id: z.uuid(),
  teamId: z.uuid(),
  projectId: z.uuid(),
  version: z.int(),
  status: planStatus,
  title: z.string(),
  slug: z.string(),
  document: z.string(),
  parsed: planDocumentSchema,
  createdAt: time,
  decidedAt: time.nullable(),
  decidedBy: z.string().nullable(),
  runId: z.uuid().nullable(),
  /** The run that this version amends, when it is an amendment. */
  amendsRunId: z.uuid().nullable().optional(),
  /** What it says over its profile and its project. */
  settings: profileOverrides.optional(),
});
export type Plan = z.infer<typeof plan>;

/** Why a run does not move, from its real cause at the moment of asking. */
export const waiting = z.object({
  for: waitReason,
  /** A sentence for people: which limit, how many are ahead, which question. */
  says: z.string(),
  /** When it goes on by itself, where that is known. */
  until: time.nullable(),
  /** The path of this API under which more of it is to be read, or answered. */
  see: z.string().nullable(),
});
export type Waiting = z.infer<typeof waiting>;

/** What a provider lets through with one key, as all executors know it. Keys are the installation's and no team's. */
export const credential = z.object({
  /** A one-way fingerprint of key and address. */
  id: z.string(),
  /** The provider's host. */
  host: z.string(),
  state: credentialState,
  limit: providerLimit.nullable(),
  /** Why nothing may begin with it, in words; null while it is open. */
  reason: z.string().nullable(),
  resumeAt: time.nullable(),
  /** Refusals in a row. */
  refusals: z.int(),
  /** The team's runs that wait for it. */
  waiting: z.int(),
  changedAt: time,
});
export type Credential = z.infer<typeof credential>;

export const run = z.object({
  id: z.uuid(),
  teamId: z.uuid(),
  projectId: z.uuid(),
  planId: z.uuid(),
  status: runStatus,
  stage: stageName,
  waitReason: waitReason.nullable(),
  /** Why it waits or ended, in words a person can act on. */
  reason: z.string().nullable(),
  resumeAt: time.nullable(),
  /** Null while it moves and when it has ended. */
  waiting: waiting.nullable().default(null),
  branch: z.string(),
  /** The run that has to be delivered before this one starts. */
  afterRunId: z.uuid().nullable().optional(),
  baseSha: z.string().nullable(),
  headSha: z.string().nullable(),
  executorId: z.string().nullable(),
  claudeSessionId: z.uuid().nullable(),
  costUsd: z.number().nullable(),
  /** What some turns cost is unknown, so `costUsd` is the least that it can be. */
  costIsPartial: z.boolean().optional(),
  tokens: tokenUsage,
  steps: z.object({ total: z.int(), completed: z.int() }),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  /** The last event's `seq` in the run's stream. */
  seq: z.int(),
  /** Events up to this `seq` are no longer kept; 0: all are. */
  prunedSeq: z.int().optional(),
});
export type Run = z.infer<typeof run>;

export const verification = z.object({
  id: z.uuid(),
  command: z.string(),
  exitCode: z.int().nullable(),
  verdict,
  tests: testCounts.nullable(),
  failing: z.array(z.string()),
  durationMs: z.int(),
  outputSha256: z.string(),
  outputTail: z.string(),
});
export type Verification = z.infer<typeof verification>;

export const attempt = z.object({
  number: z.int(),
  round: z.int(),
  isFix: z.boolean(),
  outcome: attemptOutcome.nullable(),
  detail: z.string().nullable(),
  executorId: z.string(),
  startedAt: time,
  finishedAt: time.nullable(),
  verifications: z.array(verification),
});
export type Attempt = z.infer<typeof attempt>;

export const step = z.object({
  key: z.string(),
  parent: z.string().nullable(),
  position: z.int(),
  title: z.string(),
  isLeaf: z.boolean(),
  status: stepStatus,
  round: z.int(),
  retryCount: z.int(),
  commitSha: z.string().nullable(),
  summary: z.string().nullable(),
  filesModified: z.array(z.string()),
  lessons: z.array(z.string()),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  attempts: z.array(attempt),
});
export type Step = z.infer<typeof step>;

export const question = z.object({
  id: z.uuid(),
  runId: z.uuid(),
  stepKey: z.string().nullable(),
  category: questionCategory,
  status: questionStatus,
  text: z.string(),
  options: z.array(z.string()),
  /** The budget that it asks about. The answer is an option, a new limit, or the word to stop. */
  budget: budgetCrossing.nullable().optional(),
  answer: z.string().nullable(),
  answeredBy: z.string().nullable(),
  askedAt: time,
  answeredAt: time.nullable(),
});
export type Question = z.infer<typeof question>;

export const answers = z.strictObject({
  answers: z
    .array(z.strictObject({ questionId: z.uuid(), answer: z.string().min(1).max(50_000) }))
    .min(1)
    .max(100),
});
export type Answers = z.infer<typeof answers>;

export const turn = z.object({
  number: z.int(),
  stepKey: z.string().nullable(),
  attempt: z.int().nullable(),
  kind: z.string(),
  prompt: z.string(),
  reply: z.string(),
  outcome: z.string().nullable(),
  tokens: tokenUsage,
  costUsd: z.number().nullable(),
  startedAt: time,
  finishedAt: time.nullable(),
});
export type Turn = z.infer<typeof turn>;

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() });

/** A run's success criteria and checklist, item by item. */
export const criterionList = listOf(criterion);

/** RFC 9457, with our stable `code`. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  instance: z.string().optional(),
  errors: z
    .array(
      z.object({
        pointer: z.string().optional(),
        line: z.int().optional(),
        column: z.int().optional(),
        code: z.string().optional(),
        message: z.string(),
        hint: z.string().optional(),
      }),
    )
    .optional(),
});
export type Problem = z.infer<typeof problem>;
