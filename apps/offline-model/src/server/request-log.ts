import { type RequestKind } from '../messages/kind';

/** One request as the debug endpoint shows it. Long texts are cut; keys are never kept. */
export interface RecordedRequest {
  /** ISO time of arrival. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent for anything but a message. */
  readonly message?: RecordedMessage;
  /** What was answered: `turn 0 response 1`, `step 3a call 2`, `title`, `unscripted`. */
  readonly note?: string;
}

export interface RecordedMessage {
  readonly kind: RequestKind;
  readonly sessionId: string | undefined;
  readonly model: string;
  readonly stream: boolean;
  readonly maxTokens: number | undefined;
  readonly tools: readonly string[];
  readonly system: string;
  /** Prompts in the conversation so far, from 1. */
  readonly promptCount: number;
  /** Tool calls that have no result. */
  readonly openCalls: number;
  /** The prompt being answered. */
  readonly prompt: string;
  /** Tool results since that prompt. */
  readonly results: readonly { readonly tool: string; readonly text: string; readonly isError: boolean }[];
}

const kept = 500;
const longest = 20_000;

export const cut = (text: string): string =>
  text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text;

/** The latest requests, oldest first. */
export class RequestLog {
  private readonly requests: RecordedRequest[] = [];

  add(request: RecordedRequest): void {
    this.requests.push(request);
    if (this.requests.length > kept) this.requests.shift();
  }

  all(): readonly RecordedRequest[] {
    return [...this.requests];
  }
}
