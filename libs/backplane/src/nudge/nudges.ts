import { Fault } from '@lockstep/contracts';
import type { Logger } from '@lockstep/runtime';
import type { Nudge, NudgeListener, Nudges } from '../ports';
import { atMost } from '../queue/bounded';
import { isChannel, isPattern, isSeq, type NudgeSink, type NudgeTransport } from './transport';

export interface NudgesOptions {
  readonly transport: NudgeTransport;
  readonly commandMs: number;
  readonly logger: Logger;
}

/** The nudge port over a transport: merges what goes out, and gives what comes in to its listeners. */
export function createNudges({ transport, commandMs, logger }: NudgesOptions): Nudges & { readonly sink: NudgeSink } {
  const listeners = new Map<string, Set<NudgeListener>>();
  const publish = outbound(transport, logger);
  const tell = (pattern: string, what: (listener: NudgeListener) => void) =>
    [...(listeners.get(pattern) ?? [])].forEach((listener) => guarded(logger, () => what(listener)));
  return {
    publish,
    subscribe: async (pattern, listener) => {
      if (!isPattern(pattern))
        throw new Fault(
          'internal',
          `${JSON.stringify(pattern)} is no channel: letters, digits and :._- with at most one * at the end.`,
        );
      const { join, leave } = membership(listeners, pattern, listener);
      if (join() === 'first') await atMost(commandMs, transport.follow(pattern));
      return () => void (leave() === 'last' && transport.unfollow(pattern));
    },
    sink: {
      deliver: (pattern, nudge) => tell(pattern, (listener) => listener.onNudge(nudge)),
      patterns: () => [...listeners.keys()],
      reconnected: () =>
        [...listeners.keys()].forEach((pattern) => tell(pattern, (listener) => listener.onReconnect?.())),
    },
  };
}

function membership(listeners: Map<string, Set<NudgeListener>>, pattern: string, listener: NudgeListener) {
  const own: NudgeListener = {
    onNudge: (nudge) => listener.onNudge(nudge),
    onReconnect: () => listener.onReconnect?.(),
  };
  return {
    join: () => {
      const others = listeners.get(pattern);
      listeners.set(pattern, (others ?? new Set()).add(own));
      return others === undefined ? 'first' : 'later';
    },
    leave: () => {
      const members = listeners.get(pattern);
      if (!members?.delete(own) || members.size > 0) return 'earlier';
      listeners.delete(pattern);
      return 'last';
    },
  };
}

/** One batch is on its way at a time; what comes meanwhile waits, one nudge per channel. So a dead server costs no memory. */
function outbound(transport: NudgeTransport, logger: Logger): (nudge: Nudge) => void {
  const pending = new Map<string, number>();
  let sending = false;
  const flush = async () => {
    sending = true;
    while (pending.size > 0) {
      const batch = [...pending].map(([channel, seq]) => ({ channel, seq }));
      pending.clear();
      await transport
        .send(batch)
        .catch((err: unknown) => logger.debug({ err, lost: batch.length }, 'nudges were lost'));
    }
    sending = false;
  };
  return ({ channel, seq }) => {
    if (!isChannel(channel) || !isSeq(seq)) return logger.error({ channel, seq }, 'a nudge that is none was dropped');
    pending.set(channel, Math.max(seq, pending.get(channel) ?? 0));
    if (!sending) void flush();
  };
}

function guarded(logger: Logger, fn: () => void): void {
  try {
    fn();
  } catch (err) {
    logger.error({ err }, 'a nudge listener threw');
  }
}
