import { type ServerResponse } from 'node:http';
import { type FaultAct, type ToolAct } from '../messages/acts';
import { tokensOf } from '../messages/usage';
import { errorOf } from './api-error';
import { emptyMessage, type MessageHead, type ReplySink } from './reply-sink';
import { sendError, sendJson } from './send';

/** The whole message in one body, for a request without `stream`. */
export class JsonSink implements ReplySink {
  private readonly content: (
    { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: unknown }
  )[] = [];

  constructor(
    private readonly response: ServerResponse,
    private readonly head: MessageHead,
    private readonly newId: () => string,
  ) {}

  async text(text: string): Promise<void> {
    const last = this.content.at(-1);
    if (last?.type === 'text') last.text += text;
    else this.content.push({ type: 'text', text });
  }

  async tool({ tool, input }: ToolAct): Promise<void> {
    this.content.push({ type: 'tool_use', id: `toolu_${this.newId()}`, name: tool, input });
  }

  async fault(act: FaultAct): Promise<void> {
    if (act.fault === 'silence') return;
    if (act.fault === 'empty') return this.finish('end_turn');
    const error = errorOf(act);
    if (error) return sendError(this.response, error);
    if (act.fault === 'cut_stream') this.response.destroy();
    else this.response.writeHead(200, { 'content-type': 'application/json' }).end('{"type":"message","con%%%');
  }

  async finish(stopReason: string): Promise<void> {
    const output_tokens = Math.max(1, tokensOf(JSON.stringify(this.content)));
    const usage = { ...this.head.usage, output_tokens };
    sendJson(this.response, 200, { ...emptyMessage(this.head), content: this.content, stop_reason: stopReason, usage });
  }
}
