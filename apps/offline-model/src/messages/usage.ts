import { type MessagesRequest } from './request';

/** Tokens by the rule of thumb of four characters each: plausible, repeatable, and not a bill. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4);

export interface InputUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
}

/** The last message is new; what stands before it counts as read from the cache once there has been an answer. */
export function inputUsage(request: MessagesRequest): InputUsage {
  const latest = tokensOf(JSON.stringify(request.messages.at(-1)));
  const before = tokensOf(JSON.stringify([request.system ?? '', request.tools ?? [], request.messages.slice(0, -1)]));
  const seenBefore = request.messages.some(({ role }) => role === 'assistant');
  return {
    input_tokens: latest,
    cache_creation_input_tokens: seenBefore ? 0 : before,
    cache_read_input_tokens: seenBefore ? before : 0,
  };
}

export const inputTokens = (request: MessagesRequest): number =>
  Object.values(inputUsage(request)).reduce((sum, tokens) => sum + tokens, 0);
