import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { type ServerResponse } from 'node:http';
import { type FaultAct, type ToolAct } from '../messages/acts';
import { tokensOf } from '../messages/usage';
import { errorOf } from './api-error';
import { emptyMessage, pieces, type MessageHead, type ReplySink } from './reply-sink';
import { sendError } from './send';

/** Server-sent events in the order of the Messages API. The head is sent with the first content, so that a fault before it
 * can still be an HTTP status. */
export class StreamSink implements ReplySink {
  private index = -1;
  private blockIsOpen = false;
  private textIsOpen = false;
  private outputTokens = 1;

  constructor(
    private readonly response: ServerResponse,
    private readonly head: MessageHead,
    private readonly newId: () => string,
  ) {}

  async text(text: string, chunks: number): Promise<void> {
    if (!this.textIsOpen) this.startBlock({ type: 'text', text: '' });
    this.textIsOpen = true;
    this.outputTokens += tokensOf(text);
    for (const piece of pieces(text, chunks)) {
      this.delta({ type: 'text_delta', text: piece });
      if (chunks > 1) await turnOfLoop();
    }
  }

  async tool({ tool, input }: ToolAct): Promise<void> {
    const json = JSON.stringify(input);
    this.startBlock({ type: 'tool_use', id: `toolu_${this.newId()}`, name: tool, input: {} });
    for (const piece of pieces(json, Math.ceil(json.length / 4096)))
      this.delta({ type: 'input_json_delta', partial_json: piece });
    this.outputTokens += tokensOf(json);
    this.stopBlock();
  }

  async fault(act: FaultAct): Promise<void> {
    if (act.fault === 'silence') return;
    if (act.fault === 'empty') return this.finish('end_turn');
    const error = errorOf(act);
    if (error) return this.failWith(error);
    this.open();
    if (act.fault === 'garbage')
      this.response.end('event: message_delta\ndata: {"type":"message_delta","del%%%\n\n\x00garbage\n\n');
    else this.cut();
  }

  async finish(stopReason: string): Promise<void> {
    this.open();
    this.stopBlock();
    const usage = { ...this.head.usage, output_tokens: this.outputTokens };
    this.event({ type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage });
    this.event({ type: 'message_stop' });
    this.response.end();
  }

  private failWith(error: NonNullable<ReturnType<typeof errorOf>>): void {
    if (!this.response.headersSent) return sendError(this.response, error);
    this.event(error.body);
    this.response.end();
  }

  /** Lets what has been written leave first: a reset discards what still waits. */
  private cut(): void {
    if (this.index < 0) this.startBlock({ type: 'text', text: '' });
    this.response.write(': cut\n\n', () => this.response.destroy());
  }

  private open(): void {
    if (this.response.headersSent) return;
    this.response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    this.event({ type: 'message_start', message: emptyMessage(this.head) });
  }

  private startBlock(block: object): void {
    this.open();
    this.stopBlock();
    this.index += 1;
    this.event({ type: 'content_block_start', index: this.index, content_block: block });
    this.blockIsOpen = true;
  }

  private stopBlock(): void {
    if (this.blockIsOpen) this.event({ type: 'content_block_stop', index: this.index });
    this.blockIsOpen = false;
    this.textIsOpen = false;
  }

  private delta(delta: object): void {
    this.event({ type: 'content_block_delta', index: this.index, delta });
  }

  private event(data: { readonly type: string; readonly [field: string]: unknown }): void {
    this.response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
