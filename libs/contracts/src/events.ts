import { z } from 'zod';
import { questionCategory, runStatus, stageName, stepStatus, testCounts, tokenUsage, waitReason } from './states';

/**
 * The catalogue of events: type → `data` (contracts.md §4). An event is a past-tense fact; its time is the envelope's `time`.
 * Unknown keys are refused on the way in, so that a typo in a producer fails its test and not a dashboard.
 */
const stage = z.object({ number: z.int(), name: stageName });

const summary = z.object({
  steps: z.int(),
  completed: z.int(),
  filesModified: z.array(z.string()),
  costUsd: z.number().nullable(),
  costIsPartial: z.boolean().optional(),
  durationMs: z.int(),
});

export const eventCatalogue = {
  'plan.submitted': z.strictObject({ planId: z.uuid(), version: z.int(), by: z.string() }),
  'plan.approved': z.strictObject({ planId: z.uuid(), version: z.int(), by: z.string() }),
  'plan.rejected': z.strictObject({
    planId: z.uuid(),
    version: z.int(),
    by: z.string(),
    reason: z.string().optional(),
  }),
  /** A newer version took the place of the one that a run carried out. In the streams of both versions and of the run. */
  'plan.amended': z.strictObject({
    /** The version that holds from now on. */
    planId: z.uuid(),
    version: z.int(),
    /** The version that it takes the place of. */
    amends: z.uuid(),
    runId: z.uuid(),
    by: z.string(),
    reopened: z.array(z.string()),
    restarted: z.array(z.string()),
    inserted: z.array(z.string()),
    skipped: z.array(z.string()),
  }),
  'stage.changed': z.strictObject({ from: stage, to: stage }),
  'execution.status': z.strictObject({
    status: runStatus,
    /** What made it so, e.g. `stage3_started`, `stage3_blocked`, `stage4_complete`. */
    action: z.string(),
    reason: z.string().optional(),
    /** Why it does not move, when it doesn't. */
    waitReason: waitReason.optional(),
    /** When it goes on by itself, where that is known. */
    resumeAt: z.string().optional(),
    summary: summary.optional(),
  }),
  'step.started': z.strictObject({ stepId: z.string(), attempt: z.int() }),
  'step.completed': z.strictObject({
    stepId: z.string(),
    status: stepStatus.extract(['completed', 'blocked', 'needs_review', 'skipped']),
    summary: z.string(),
    filesModified: z.array(z.string()),
    commitSha: z.string().optional(),
    retryCount: z.int(),
    tests: testCounts.optional(),
    durationMs: z.int(),
  }),
  'implementation.progress': z.strictObject({
    stepId: z.string(),
    status: z.string(),
    filesModified: z.array(z.string()),
    testsStatus: z.string().nullable(),
    retryCount: z.int(),
    progress: z.number().optional(),
    message: z.string(),
  }),
  'verification.started': z.strictObject({ stepId: z.string(), attempt: z.int(), command: z.string() }),
  'verification.finished': z.strictObject({
    stepId: z.string(),
    attempt: z.int(),
    command: z.string(),
    exitCode: z.int().nullable().optional(),
    verdict: z.string().optional(),
    tests: testCounts.optional(),
    durationMs: z.int().optional(),
    outputTail: z.string().optional(),
  }),
  'question.asked': z.strictObject({
    questionId: z.uuid(),
    stepId: z.string().optional(),
    category: questionCategory,
    text: z.string(),
    options: z.array(z.string()).optional(),
  }),
  'question.answered': z.strictObject({
    questionId: z.uuid(),
    stepId: z.string().optional(),
    category: questionCategory,
    text: z.string(),
    answer: z.string(),
    by: z.string(),
  }),
  'question.withdrawn': z.strictObject({
    questionId: z.uuid(),
    stepId: z.string().optional(),
    category: questionCategory,
    text: z.string(),
  }),
  'attempt.lost': z.strictObject({
    stepId: z.string().optional(),
    attempt: z.int().optional(),
    executorId: z.string(),
  }),
  'lease.taken': z.strictObject({ stepId: z.string().optional(), attempt: z.int().optional(), executorId: z.string() }),
  'cost.updated': z.strictObject({ stepId: z.string(), costUsd: z.number().nullable(), tokens: tokenUsage }),
  'agent.warning': z.strictObject({ kind: z.string(), detail: z.string() }),
} as const satisfies Record<string, z.ZodType>;

export type EventType = keyof typeof eventCatalogue;
export type EventData<T extends EventType> = z.infer<(typeof eventCatalogue)[T]>;
/** An event as its producer states it: which fact, with what. The database adds the rest. */
export type NewEvent = { [T in EventType]: { readonly type: T; readonly data: EventData<T> } }[EventType];

export const eventTypes = Object.keys(eventCatalogue) as EventType[];

/** The envelope on the wire, with CloudEvents' attribute names. `seq` is dense within the stream, from 1. */
export const eventEnvelope = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  /** The stream: `/runs/<runId>` or `/plans/<planId>`. */
  source: z.string(),
  type: z.string(),
  /** What the event is about: a step's key, or the id of the run, plan or question. */
  subject: z.string(),
  /** RFC 3339, the database's clock. */
  time: z.string(),
  /** `<type>/<version>` */
  schema: z.string(),
  runId: z.uuid().optional(),
  planId: z.uuid(),
  projectId: z.uuid(),
  teamId: z.uuid(),
  seq: z.int().positive(),
  data: z.record(z.string(), z.unknown()),
});
export type EventEnvelope = z.infer<typeof eventEnvelope>;

/** One chunk of the agent's byte stream: `offset` counts UTF-8 bytes from the run's first output. */
export const outputChunk = z.object({
  offset: z.int().nonnegative(),
  at: z.string(),
  stream: z.string(),
  text: z.string(),
});
export type OutputChunk = z.infer<typeof outputChunk>;
