import { blocksOf, textOf, type Block, type Message, type MessagesRequest } from './request';

/** A tool call that the model made since the last prompt, with its result once it is there. */
export interface ToolCall {
  readonly name: string;
  readonly input: unknown;
  readonly result?: { readonly text: string; readonly isError: boolean };
}

/**
 * What a request says about its conversation. All of it is read from the request's own messages: a resumed session, a
 * second run beside the first and a restart of the model need no memory here.
 */
export interface Conversation {
  /** Every prompt so far, oldest first. The last one is being answered. */
  readonly prompts: readonly string[];
  /** Tool calls since the last prompt, in order. */
  readonly calls: readonly ToolCall[];
  /** Calls in the whole conversation that have no result: the Messages API refuses such a request. */
  readonly openCalls: number;
  /** The directory that `claude` works in, where the request names it. */
  readonly cwd: string | undefined;
}

const header = '[LOCKSTEP_TURN';

/** Texts that `claude` puts into user messages of its own accord. They are nobody's prompt. */
const injected = [
  /^\s*<system-reminder>/,
  /^\s*<(local-command|command|task-notification|bash)[a-z-]*>/,
  /^\s*\[Request interrupted by user/,
  /^\s*Continue from where you left off\.\s*$/,
  /^\s*\[Your previous response had no visible output/,
];

const isPromptText = (block: Block): boolean =>
  block.type === 'text' && !!block.text?.trim() && !injected.some((pattern) => pattern.test(block.text ?? ''));

/**
 * The prompts in one user message. Usually one; after a turn that died without an answer `claude` joins its prompt and the
 * next one into a single message. Where a block carries Lockstep's header, blocks without it belong to no prompt.
 */
function promptsIn(message: Message): string[] {
  if (message.role !== 'user') return [];
  const texts = blocksOf(message.content)
    .filter(isPromptText)
    .map((block) => block.text ?? '');
  const ours = texts.filter((text) => text.trimStart().startsWith(header));
  return ours.length > 0 ? ours : texts;
}

function callsIn(messages: readonly Message[]): ToolCall[] {
  const blocks = messages.flatMap((message) => blocksOf(message.content));
  const results = new Map(
    blocks.filter((block) => block.type === 'tool_result').map((block) => [block.tool_use_id, block]),
  );
  return blocks
    .filter((block) => block.type === 'tool_use')
    .map((call) => {
      const result = results.get(call.id);
      const read = result && { text: textOf(result.content), isError: result.is_error === true };
      return { name: call.name ?? '', input: call.input, ...(read ? { result: read } : {}) };
    });
}

const everyText = (request: MessagesRequest): string =>
  [
    textOf(request.system),
    ...request.messages.filter(({ role }) => role !== 'assistant').map(({ content }) => textOf(content)),
  ].join('\n');

export function readConversation(request: MessagesRequest): Conversation {
  const { messages } = request;
  const lastPrompt = messages.findLastIndex((message) => promptsIn(message).length > 0);
  return {
    prompts: messages.flatMap(promptsIn),
    calls: callsIn(messages.slice(lastPrompt + 1)),
    openCalls: callsIn(messages).filter(({ result }) => result === undefined).length,
    cwd: workingDirectory(request),
  };
}

const directories = /^ ?-? ?Primary working directory: (.+?)(?: \(was .*\))?$/gm;

/** The latest that the request names: a session that is resumed elsewhere tells the old one first and the new one as "X (was Y)". */
const workingDirectory = (request: MessagesRequest): string | undefined =>
  [...everyText(request).matchAll(directories)].at(-1)?.[1]?.trim();

/** Whether a prompt is one of Lockstep's. */
export const hasTurnHeader = (prompt: string): boolean => prompt.trimStart().startsWith(header);
