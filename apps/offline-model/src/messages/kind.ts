import { hasTurnHeader, readConversation } from './conversation';
import { blocksOf, textOf, type MessagesRequest } from './request';

/**
 * What a request is for. Only `main` moves a script or a step on; `claude` makes the others on the side and they get a short
 * plausible answer.
 *
 * `main` is a request that offers tools, or whose last prompt carries Lockstep's header (an agent with an empty tool list).
 * A summary offers tools too, so it is told by its instruction.
 */
export type RequestKind = 'main' | 'summary' | 'title' | 'probe' | 'side';

const lastText = (request: MessagesRequest): string => {
  const user = request.messages.filter(({ role }) => role === 'user').at(-1);
  return blocksOf(user?.content)
    .filter(({ type }) => type === 'text')
    .map(({ text }) => text ?? '')
    .join('\n');
};

export function kindOf(request: MessagesRequest): RequestKind {
  if (/create a detailed summary of (the|this) (conversation|portion)/i.test(lastText(request))) return 'summary';
  if (hasTurnHeader(readConversation(request).prompts.at(-1) ?? '')) return 'main';
  if ((request.tools ?? []).length > 0) return 'main';
  if (request.max_tokens === 1) return 'probe';
  return /\btitle\b/i.test(textOf(request.system)) ? 'title' : 'side';
}

const sideAnswers: Record<Exclude<RequestKind, 'main'>, string> = {
  summary:
    '<summary>The conversation so far carried out steps of a plan. The last prompt says what to do next.</summary>',
  title: '{"title": "Carry out a plan step", "isNewTopic": false}',
  probe: '#',
  side: 'OK',
};

export const sideAnswer = (kind: Exclude<RequestKind, 'main'>): string => sideAnswers[kind];
