import type { AgentLine, AssistantLine, ResultLine, StreamEventLine, SystemLine } from './messages';
import { TurnMeter, type UsageDelta } from './usage';

/** Something odd that is no outcome; becomes an `agent.warning`. */
export interface AgentWarning {
  readonly kind: string;
  readonly detail: string;
}

export interface TurnListener {
  /** Assistant text as it comes. Blocks are told apart by an empty line. */
  readonly onText?: (delta: string) => void;
  /** The output stream for people: the text, and a line for each tool that is used. */
  readonly onOutput?: (chunk: string) => void;
  readonly onUsage?: (delta: UsageDelta) => void;
  readonly onWarning?: (warning: AgentWarning) => void;
}

/** The last API error that Claude told, in the `error` word of its own. */
export interface ApiTrouble {
  readonly status: number | null;
  readonly error: string;
}

const between = '\n\n';

const toolSubject = (input: Readonly<Record<string, unknown>> = {}): string => {
  const subject = ['command', 'file_path', 'pattern', 'path', 'description'].map((key) => input[key]);
  const text = subject.find((value): value is string => typeof value === 'string') ?? '';
  return text.split('\n', 1)[0]!.slice(0, 200);
};

/** Reads one turn's lines: tells text, output and usage as they come, and keeps what the outcome is decided on. */
export class TurnReader {
  readonly meter: TurnMeter;
  result: ResultLine | undefined;
  sawInit = false;
  trouble: ApiTrouble | undefined;
  /** Messages of the model itself; Claude's own words about an error aren't among them. */
  assistantMessages = 0;
  private readonly blocks: string[] = [];
  private streaming: string | undefined;
  private readonly streamed = new Set<string>();
  private toldText = false;
  private atLineStart = true;

  constructor(private readonly listener: TurnListener) {
    this.meter = new TurnMeter((delta) => listener.onUsage?.(delta));
  }

  /** The turn's text, from whole messages: what a broken stream began and a retry said again is in it once. */
  get text(): string {
    return this.blocks.join(between);
  }

  read(line: AgentLine): void {
    if (line.kind === 'init') this.sawInit = true;
    else if (line.kind === 'system') this.system(line.line);
    else if (line.kind === 'assistant' && !line.line.parent_tool_use_id) this.assistant(line.line);
    else if (line.kind === 'stream_event') this.event(line.line);
    else if (line.kind === 'result') this.result = line.line;
    else if (line.kind === 'rate_limit') this.warn('rate_limit', 'Claude reports the state of its rate limit');
    else if (line.kind === 'garbage') this.warn('unparsed_line', line.text);
  }

  private system(line: SystemLine): void {
    if (line.subtype === 'permission_denied')
      this.warn('permission_denied', `${line.tool_name ?? 'a tool'} was denied`);
    if (line.subtype !== 'api_retry') return;
    const [status, error] = [line.error_status ?? null, line.error ?? 'unknown'];
    this.trouble = { status, error };
    const tries = `retry ${line.attempt ?? '?'} of ${line.max_retries ?? '?'} in ${line.retry_delay_ms ?? '?'} ms`;
    this.warn('api_retry', `${status ?? 'no status'} ${error}: ${tries}`);
  }

  private event(line: StreamEventLine): void {
    this.meter.event(line);
    if (line.parent_tool_use_id) return;
    const { type, message, content_block, delta } = line.event;
    if (type === 'message_start') this.streaming = message?.id;
    if (type === 'content_block_start' && content_block?.type === 'text') this.separate();
    if (type !== 'content_block_delta' || delta?.type !== 'text_delta' || !delta.text) return;
    if (this.streaming) this.streamed.add(this.streaming);
    this.tellText(delta.text);
  }

  private assistant({ message, is_api_error_message, error }: AssistantLine): void {
    const texts = message.content.flatMap((block) => (block.type === 'text' && block.text ? [block.text] : []));
    if (is_api_error_message) return this.apiError(texts.join(' '), error);
    this.assistantMessages += 1;
    this.blocks.push(...texts);
    if (!message.id || !this.streamed.has(message.id)) texts.forEach((text) => this.tellWhole(text));
    for (const block of message.content.filter((each) => each.type === 'tool_use'))
      this.outputLine(`[${block.name ?? 'tool'}] ${toolSubject(block.input)}`.trimEnd());
  }

  private apiError(text: string, error = 'unknown'): void {
    this.trouble = { status: this.trouble?.status ?? null, error };
    this.outputLine(text);
  }

  private tellWhole(text: string): void {
    this.separate();
    this.tellText(text);
  }

  private separate(): void {
    if (this.toldText) this.tellText(between);
  }

  private tellText(text: string): void {
    this.toldText = true;
    this.listener.onText?.(text);
    this.output(text);
  }

  private outputLine(line: string): void {
    this.output(`${this.atLineStart ? '' : '\n'}${line}\n`);
  }

  private output(chunk: string): void {
    this.atLineStart = chunk.endsWith('\n');
    this.listener.onOutput?.(chunk);
  }

  private warn(kind: string, detail: string): void {
    this.listener.onWarning?.({ kind, detail });
  }
}
