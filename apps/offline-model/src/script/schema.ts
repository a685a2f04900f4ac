import { z } from 'zod';
import { faultNames } from '../messages/acts';

const text = z.strictObject({ text: z.string(), chunks: z.int().min(1).max(10_000).optional() });
const tool = z.strictObject({ tool: z.string().min(1), input: z.record(z.string(), z.unknown()).default({}) });
const delay = z.strictObject({ delayMs: z.int().min(0).max(3_600_000) });
const fault = z.strictObject({
  fault: z.enum(faultNames),
  times: z.int().min(1).optional(),
  retryAfter: z.int().min(0).optional(),
  resetAt: z.union([z.iso.datetime({ offset: true }), z.int().positive()]).optional(),
});

const schemas = { text, tool, delayMs: delay, fault } as const;

/**
 * One block, recognised by its key. Written by hand rather than as a union so that a wrong field is reported at its own path
 * and not as "no member of the union fits".
 */
const block = z.record(z.string(), z.unknown()).transform((value, context) => {
  const kind = (Object.keys(schemas) as (keyof typeof schemas)[]).find((key) => key in value);
  if (!kind) {
    context.addIssue({ code: 'custom', message: 'A block has one of the keys text, tool, delayMs, fault' });
    return z.NEVER;
  }
  const parsed = schemas[kind].safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

/** Every field given must fit the prompt: `contains` anywhere in it, the others its `[LOCKSTEP_TURN …]` header. */
const match = z.strictObject({
  step: z.string().optional(),
  kind: z.string().optional(),
  attempt: z.int().min(1).optional(),
  fix: z.int().min(0).optional(),
  contains: z.string().min(1).optional(),
});

const turn = z.strictObject({
  match: match.optional(),
  blocks: z.array(block),
  /** What the last response of the turn gives as its stop reason; `end_turn` when left out. */
  stopReason: z.enum(['end_turn', 'max_tokens', 'stop_sequence', 'refusal', 'pause_turn']).optional(),
  /** May be used again: a matching turn for every prompt that fits, one without `match` for all that is left. */
  repeat: z.boolean().optional(),
});

export const scriptSchema = z.strictObject({ turns: z.array(turn) });

export type Script = z.infer<typeof scriptSchema>;
/** A script as people write it, before defaults. */
export type ScriptInput = {
  readonly turns: readonly (Omit<z.input<typeof turn>, 'blocks'> & { readonly blocks: readonly unknown[] })[];
};
export type ScriptTurn = Script['turns'][number];
