/** What the model does in one response, in order. Both modes come down to this. */
export type Act = TextAct | ToolAct | DelayAct | FaultAct;

/** Texts that follow one another are one text block to `claude`; `chunks` pieces are sent one delta each. */
export interface TextAct {
  readonly text: string;
  readonly chunks?: number | undefined;
}

export interface ToolAct {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface DelayAct {
  readonly delayMs: number;
}

export const faultNames = [
  '429',
  '529',
  '500',
  '401',
  '400',
  'garbage',
  'cut_stream',
  'silence',
  'session_limit',
  'empty',
] as const;

export type FaultName = (typeof faultNames)[number];

/**
 * A fault ends the response where it stands. Before any content, `429` to `400` and `session_limit` are HTTP errors; after
 * some they are the stream's `error` event.
 */
export interface FaultAct {
  readonly fault: FaultName;
  /** Responses that it strikes for one prompt before it lets the rest through; without it, every one. */
  readonly times?: number | undefined;
  /** Seconds, for the `retry-after` header. */
  readonly retryAfter?: number | undefined;
  /** ISO time or epoch seconds at which a session limit ends. */
  readonly resetAt?: string | number | undefined;
}

export interface Reply {
  readonly acts: readonly Act[];
  /** `tool_use` after a tool, else `end_turn`. */
  readonly stopReason?: string | undefined;
  /** For the record of requests: which turn or step this was. */
  readonly note: string;
}
