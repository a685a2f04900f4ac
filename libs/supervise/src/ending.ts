import { constants } from 'node:os';

/** Why a process is being ended before its own end. The first reason given is the one that is told. */
export type EndCause =
  | { readonly kind: 'timed_out'; readonly limit: 'wall' | 'idle' }
  | { readonly kind: 'output_limit' }
  | { readonly kind: 'process_limit' }
  | { readonly kind: 'terminated'; readonly reason: string };

/** How a process ended: the outcome that a caller decides on. Never an exception. */
export type EndKind =
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** `exitCode` is 128 + the signal's number. An exit status of that form is read as the signal, as a shell reports it. */
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals; readonly exitCode: number }
  | EndCause
  | { readonly kind: 'not_started'; readonly detail: string };

export interface EndFacts {
  readonly durationMs: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** Processes of the tree that were still there when the main one had ended, and were ended with it. */
  readonly strays: number;
}

export type Ending = EndKind & EndFacts;

const signalNames = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** A process's own end, from its exit status (0–255) or from the signal that Node reports. */
export const naturalEnd = (exitCode: number | null, signal: NodeJS.Signals | null): EndKind => {
  if (signal) return { kind: 'signalled', signal, exitCode: 128 + constants.signals[signal] };
  const code = exitCode ?? 1;
  const meant = code > 128 ? signalNames.get(code - 128) : undefined;
  return meant ? { kind: 'signalled', signal: meant, exitCode: code } : { kind: 'exited', exitCode: code };
};

/** What the namespace's init says on descriptor 3. */
export interface InitReport {
  readonly started: boolean;
  readonly exitCode?: number;
  readonly strays?: number;
}

export const readInitReport = (text: string): InitReport => {
  const ended = /^ended (\d+) (\d+)$/m.exec(text);
  const started = /^started$/m.test(text);
  return ended ? { started, exitCode: Number(ended[1]), strays: Number(ended[2]) } : { started };
};
