import { z } from 'zod';

/**
 * The part of a Messages request that the offline model reads. Everything else passes: a new field in a new `claude` must
 * not turn into a refusal here.
 */
const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
  tool_use_id: z.string().optional(),
  content: z.unknown().optional(),
  is_error: z.boolean().nullish(),
});

const message = z.looseObject({
  /** `claude` also sends `system` messages between the others. */
  role: z.string(),
  content: z.union([z.string(), z.array(block)]),
});

export const messagesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  max_tokens: z.number().optional(),
  system: z.union([z.string(), z.array(block)]).optional(),
  messages: z.array(message).min(1),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
});

export type Block = z.infer<typeof block>;
export type Message = z.infer<typeof message>;
export type MessagesRequest = z.infer<typeof messagesRequest>;

/** A message's content as blocks; a plain string is one text block. */
export const blocksOf = (content: Message['content'] | undefined): Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);

/** All the text of some content, block by block. */
export const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown }) => (typeof part?.text === 'string' ? part.text : '')).join('\n');
};
