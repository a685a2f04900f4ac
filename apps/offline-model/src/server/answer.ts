import { type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Act, type Reply } from '../messages/acts';
import { type ReplySink } from './reply-sink';

/** Performs a reply on a sink. Ends early, without an error, when the client has gone or `signal` aborts. */
export async function answer(reply: Reply, sink: ReplySink, signal: AbortSignal): Promise<void> {
  for (const act of reply.acts) {
    if (signal.aborted) return;
    if ('fault' in act) return sink.fault(act);
    await perform(act, sink, signal);
  }
  if (!signal.aborted) await sink.finish(stopReason(reply));
}

async function perform(act: Exclude<Act, { fault: unknown }>, sink: ReplySink, signal: AbortSignal): Promise<void> {
  if ('delayMs' in act) return delay(act.delayMs, undefined, { signal }).catch(() => undefined);
  if ('tool' in act) return sink.tool(act);
  return sink.text(act.text, act.chunks ?? 1);
}

function stopReason({ acts, stopReason: wanted }: Reply): string {
  const endsWithTool = acts.some((act) => 'tool' in act);
  return endsWithTool ? 'tool_use' : (wanted ?? 'end_turn');
}

/** Aborts when the response's connection closes or the server stops. */
export function gone(response: ServerResponse, stopping: AbortSignal): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  return AbortSignal.any([closed.signal, stopping]);
}
