import { z } from 'zod';

/** Keys that the marker language does not know, as printed (lower case, words joined by `_`), with their text. */
const extra = z.record(z.string(), z.string());
const names = z.array(z.string());

/** One thing learned, and where it showed itself, when the agent said so. */
export const lessonSchema = z.object({ what: z.string().min(1), evidence: z.string().optional() });

/** Progress of the live view. Every field is the agent's claim; nothing is decided on it. */
export const implementationStatusSchema = z.object({
  type: z.literal('implementation_status'),
  stepId: z.string().optional(),
  status: z.string().optional(),
  filesModified: names,
  /** Number of files, where the agent printed a count instead of names. */
  filesCount: z.number().int().nonnegative().optional(),
  testsStatus: z.string().optional(),
  retryCount: z.number().int().nonnegative().optional(),
  /** Percent, 0 to 100. */
  progress: z.number().min(0).max(100).optional(),
  message: z.string().optional(),
  extra,
});

/** The agent's claim that a step is done; the gate has the last word. `closed` is false when no closing tag came. */
export const stepCompleteSchema = z.object({
  type: z.literal('step_complete'),
  stepId: z.string().min(1),
  summary: z.string(),
  filesModified: names,
  lessons: z.array(lessonSchema),
  issues: names,
  deviations: names,
  decisions: names,
  closed: z.boolean(),
  extra,
});

export const decisionOptionSchema = z.object({ text: z.string().min(1), recommended: z.boolean() });

/** A question to a person. `blocker` stops the run; `decision` is kept and shown while the run goes on. */
export const decisionNeededSchema = z.object({
  type: z.literal('decision_needed'),
  category: z.enum(['blocker', 'decision']),
  immediate: z.boolean(),
  priority: z.number().int().optional(),
  text: z.string().min(1),
  options: z.array(decisionOptionSchema),
  extra,
});

export const implementationCompleteSchema = z.object({
  type: z.literal('implementation_complete'),
  summary: z.string(),
  closed: z.boolean(),
  extra,
});

/** The agent splits the step it is on. `body` is the text under the title, as printed. */
export const planStepSchema = z.object({
  type: z.literal('plan_step'),
  id: z.string().min(1),
  parent: z.string().nullable(),
  title: z.string().min(1),
  body: z.string(),
  extra,
});

/** Something that began like a marker and isn't one: an `agent.warning`, never a failure. */
export const malformedSchema = z.object({ type: z.literal('malformed'), detail: z.string().min(1) });

export const markerEventSchema = z.discriminatedUnion('type', [
  implementationStatusSchema,
  stepCompleteSchema,
  decisionNeededSchema,
  implementationCompleteSchema,
  planStepSchema,
  malformedSchema,
]);

export type MarkerEvent = z.infer<typeof markerEventSchema>;
export type MarkerEventOf<T extends MarkerEvent['type']> = Extract<MarkerEvent, { type: T }>;
export type Lesson = z.infer<typeof lessonSchema>;
export type DecisionOption = z.infer<typeof decisionOptionSchema>;
