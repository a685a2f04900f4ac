import { type FaultAct, type ToolAct } from '../messages/acts';

/** Where a response goes: a stream of events or one JSON body. */
export interface ReplySink {
  text(text: string, chunks: number): Promise<void>;
  tool(act: ToolAct): Promise<void>;
  /** Ends the response by the fault; nothing may follow. */
  fault(act: FaultAct): Promise<void>;
  finish(stopReason: string): Promise<void>;
}

/** What a message begins with, in both forms. */
export interface MessageHead {
  readonly id: string;
  readonly model: string;
  readonly usage: Readonly<Record<string, number>>;
}

export const emptyMessage = ({ id, model, usage }: MessageHead) => ({
  id,
  type: 'message',
  role: 'assistant',
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { ...usage, output_tokens: 1 },
});

/** A text in `count` pieces of about the same length; fewer when it has fewer characters. Never splits a surrogate pair. */
export function pieces(text: string, count: number): string[] {
  const characters = [...text];
  const size = Math.max(1, Math.ceil(characters.length / count));
  const starts = Array.from({ length: Math.ceil(characters.length / size) }, (_, index) => index * size);
  return starts.map((start) => characters.slice(start, start + size).join(''));
}
