import { z } from 'zod';

/**
 * The lines of Claude's stdout that Lockstep reads. Every field that isn't needed passes unread, and a line that fits none of
 * these is no error: newer versions add types.
 */
const usage = z
  .object({
    input_tokens: z.number().nullish(),
    output_tokens: z.number().nullish(),
    cache_read_input_tokens: z.number().nullish(),
    cache_creation_input_tokens: z.number().nullish(),
  })
  .nullish();

const block = z.object({
  type: z.string(),
  text: z.string().optional(),
  name: z.string().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
});

const parent = z.string().nullish();

const init = z.object({
  type: z.literal('system'),
  subtype: z.literal('init'),
  session_id: z.string(),
  tools: z.array(z.string()).default([]),
  model: z.string().optional(),
});

const system = z.object({
  type: z.literal('system'),
  subtype: z.string(),
  attempt: z.number().optional(),
  max_retries: z.number().optional(),
  retry_delay_ms: z.number().optional(),
  error_status: z.number().nullish(),
  error: z.string().optional(),
  tool_name: z.string().optional(),
});

const assistant = z.object({
  type: z.literal('assistant'),
  parent_tool_use_id: parent,
  is_api_error_message: z.boolean().optional(),
  error: z.string().optional(),
  message: z.object({ id: z.string().optional(), content: z.array(block).default([]), usage }),
});

const streamEvent = z.object({
  type: z.literal('stream_event'),
  parent_tool_use_id: parent,
  event: z.object({
    type: z.string(),
    index: z.number().optional(),
    message: z.object({ id: z.string(), usage }).optional(),
    content_block: z.object({ type: z.string() }).optional(),
    delta: z.object({ type: z.string().optional(), text: z.string().optional() }).optional(),
    usage,
  }),
});

const result = z.object({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean().default(false),
  terminal_reason: z.string().nullish(),
  api_error_status: z.number().nullish(),
  stop_reason: z.string().nullish(),
  result: z.string().nullish(),
  errors: z.array(z.string()).default([]),
  permission_denials: z.array(z.object({ tool_name: z.string().default('?') })).default([]),
  total_cost_usd: z.number().nullish(),
  usage,
});

const rateLimit = z.object({ type: z.literal('rate_limit_event') });

export type InitLine = z.infer<typeof init>;
export type SystemLine = z.infer<typeof system>;
export type AssistantLine = z.infer<typeof assistant>;
export type StreamEventLine = z.infer<typeof streamEvent>;
export type ResultLine = z.infer<typeof result>;
export type ApiUsage = z.infer<typeof usage>;

/** A line, told apart. `other` is a known JSON object of no interest, `garbage` isn't one at all. */
export type AgentLine =
  | { readonly kind: 'init'; readonly line: InitLine }
  | { readonly kind: 'system'; readonly line: SystemLine }
  | { readonly kind: 'assistant'; readonly line: AssistantLine }
  | { readonly kind: 'stream_event'; readonly line: StreamEventLine }
  | { readonly kind: 'result'; readonly line: ResultLine }
  | { readonly kind: 'rate_limit' }
  | { readonly kind: 'other'; readonly type: string }
  | { readonly kind: 'garbage'; readonly text: string };

const byType = {
  system: [
    ['init', init],
    ['system', system],
  ],
  assistant: [['assistant', assistant]],
  stream_event: [['stream_event', streamEvent]],
  result: [['result', result]],
  rate_limit_event: [['rate_limit', rateLimit]],
} as const;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const readLine = (text: string): AgentLine => {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return { kind: 'garbage', text: text.slice(0, 200) };
  const type = String((value as { type?: unknown }).type);
  for (const [kind, schema] of Object.hasOwn(byType, type) ? byType[type as keyof typeof byType] : []) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { kind, line: parsed.data } as AgentLine;
  }
  return { kind: 'other', type };
};
