import { createHash } from 'node:crypto';
import { type Reply } from '../messages/acts';
import { readConversation, type Conversation } from '../messages/conversation';
import { kindOf, sideAnswer, type RequestKind } from '../messages/kind';
import { textOf, type MessagesRequest } from '../messages/request';
import { follow } from '../follow/follow';
import { playScript } from '../script/play';
import { type Script } from '../script/schema';
import { FaultLedger } from './fault-ledger';
import { cut, type RecordedMessage } from './request-log';

export type Mode = 'follow' | 'script';

/** Turns a request into what is said and done in answer to it. */
export class Model {
  private readonly ledger = new FaultLedger();

  constructor(
    readonly mode: Mode,
    private script: Script,
  ) {}

  setScript(script: Script): void {
    this.script = script;
    this.ledger.clear();
  }

  reply(request: MessagesRequest, sessionId: string | undefined): { reply: Reply; recorded: RecordedMessage } {
    const conversation = readConversation(request);
    const kind = kindOf(request);
    const reply = kind === 'main' ? this.mainReply(conversation, sessionId) : sideReply(kind);
    return { reply, recorded: record(request, conversation, kind, sessionId) };
  }

  private mainReply(conversation: Conversation, sessionId: string | undefined): Reply {
    if (this.mode === 'follow') return follow(conversation);
    const reply = playScript(this.script, conversation);
    const place = `${sessionId ?? digest(conversation.prompts[0] ?? '')}:${conversation.prompts.length}:${reply.note}`;
    return { ...reply, acts: this.ledger.admit(place, reply.acts) };
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const sideReply = (kind: Exclude<RequestKind, 'main'>): Reply => ({ acts: [{ text: sideAnswer(kind) }], note: kind });

const record = (
  request: MessagesRequest,
  conversation: Conversation,
  kind: RequestKind,
  sessionId: string | undefined,
): RecordedMessage => ({
  kind,
  sessionId,
  model: request.model,
  stream: request.stream === true,
  maxTokens: request.max_tokens,
  tools: (request.tools ?? []).map(({ name }) => name),
  system: cut(textOf(request.system)),
  promptCount: conversation.prompts.length,
  openCalls: conversation.openCalls,
  prompt: cut(conversation.prompts.at(-1) ?? ''),
  results: conversation.calls.flatMap(({ name, result }) =>
    result ? [{ tool: name, ...result, text: cut(result.text) }] : [],
  ),
});
