import type { Nudge } from '../ports';

export interface NudgeSink {
  /** A nudge for the listeners of exactly this pattern. */
  deliver(pattern: string, nudge: Nudge): void;
  /** The patterns that have listeners. */
  patterns(): readonly string[];
  /** The connection had been lost and every pattern is followed again. */
  reconnected(): void;
}

/** Carries nudges over one server. */
export interface NudgeTransport {
  start(sink: NudgeSink): Promise<void>;
  stop(): Promise<void>;
  /** May reject: the nudges are lost then. */
  send(nudges: readonly Nudge[]): Promise<void>;
  /** Resolves when the pattern's nudges arrive; may reject when the connection is down, which the reconnection makes good. */
  follow(pattern: string): Promise<void>;
  unfollow(pattern: string): void;
  /** Rejects while nobody would hear a nudge. */
  check(): Promise<void>;
}

const channelShape = /^[\w:.-]{1,200}$/;
const patternShape = /^[\w:.-]{0,200}\*?$/;

export const isChannel = (text: string): boolean => channelShape.test(text);
export const isPattern = (text: string): boolean => text !== '' && patternShape.test(text);
export const isPrefix = (pattern: string): boolean => pattern.endsWith('*');
export const matches = (pattern: string, channel: string): boolean =>
  isPrefix(pattern) ? channel.startsWith(pattern.slice(0, -1)) : channel === pattern;
export const isSeq = (seq: number): boolean => Number.isSafeInteger(seq) && seq >= 0;
