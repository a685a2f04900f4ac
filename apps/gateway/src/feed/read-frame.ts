import { clientFrame, type ClientFrame } from '@lockstep/contracts';

export type ReadFrame = ClientFrame | { readonly type: 'malformed'; readonly detail: string };

/** A client's message as a frame of the protocol; never throws, whatever it is given. */
export function readFrame(message: unknown): ReadFrame {
  if (typeof message !== 'string') return malformed('It is binary. Send JSON as text.');
  const read = clientFrame.safeParse(jsonOr(message));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return malformed(`${issue?.path.join('.') || 'The frame'}: ${issue?.message ?? 'unreadable'}`);
}

const malformed = (detail: string): ReadFrame => ({ type: 'malformed', detail: detail.slice(0, 300) });

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
