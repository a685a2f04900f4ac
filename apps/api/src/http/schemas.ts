import {
  credential,
  eventEnvelope,
  lesson,
  listOf,
  outputChunk,
  plan,
  project,
  question,
  questionStatus,
  run,
  runStatus,
  step,
  turn,
} from '@lockstep/contracts';
import { z } from 'zod';

/** Queries and answers that only this edge knows; bodies and resources are in libs/contracts. */
const wholeNumber = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(low).max(high));

const maxSeq = 2_147_483_647;

export const runsQuery = z.strictObject({
  limit: wholeNumber(1, 200).default(50),
  cursor: z.uuid().optional(),
  status: runStatus.optional(),
  projectId: z.uuid().optional(),
});
export type RunsQuery = z.infer<typeof runsQuery>;

export const eventsQuery = z.strictObject({
  /** The last `seq` that is known. */
  after: wholeNumber(0, maxSeq).default(0),
  limit: wholeNumber(1, 1000).default(1000),
});
export type EventsQuery = z.infer<typeof eventsQuery>;

export const streamQuery = eventsQuery.pick({ after: true });
export type StreamQuery = z.infer<typeof streamQuery>;

export const lessonsQuery = z.strictObject({ limit: wholeNumber(1, 200).default(50), cursor: z.uuid().optional() });
export type LessonsQuery = z.infer<typeof lessonsQuery>;

export const outputQuery = z.strictObject({
  /** In bytes. */
  from: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: wholeNumber(1, 500).default(500),
});
export type OutputQuery = z.infer<typeof outputQuery>;

export const questionsQuery = z.strictObject({ state: questionStatus.optional(), runId: z.uuid().optional() });
export type QuestionsQuery = z.infer<typeof questionsQuery>;

export const plansQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
export type PlansQuery = z.infer<typeof plansQuery>;

export const runList = listOf(run);
export const stepList = listOf(step);
export const eventList = listOf(eventEnvelope);
export const outputList = listOf(outputChunk);
export const turnList = listOf(turn);
export const questionList = listOf(question);
export const lessonList = listOf(lesson);
export const projectList = listOf(project);
export const credentialList = listOf(credential);

export const approval = z.object({ plan, runId: z.uuid() });
export const answered = z.object({
  /** Whether the run goes on: the last open blocker was answered. */
  resumed: z.boolean(),
  run,
});
export const ticket = z.object({
  /** Good once, within 30 s. */
  ticket: z.string(),
  expiresAt: z.string(),
});
export const liveness = z.object({ status: z.literal('ok') });
export const readiness = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })),
});

/** All of it at once: nothing follows. */
export const whole = <T>(data: T[]): { data: T[]; nextCursor: null } => ({ data, nextCursor: null });
