import { printable, type Client, type Painter } from '@lockstep/client';
import type { Run } from '@lockstep/contracts';
import { serializedInterval } from '@lockstep/runtime';
import { exitCodes } from '../exit-code';
import { jsonLine, type Terminal } from '../terminal';
import type { JsonFlag } from './runs';

/** Why a run does not move, in one line; how it is, when it does. */
export async function whyCommand(
  client: Client,
  runId: string,
  { json }: JsonFlag,
  terminal: Terminal,
): Promise<number> {
  const run = await client.runs.get(runId);
  if (json) terminal.out(jsonLine({ runId, status: run.status, reason: run.reason, waiting: run.waiting }));
  else terminal.out(`${whyText(run)}\n`);
  return exitCodes.completed;
}

/** `queued: all 2 slots of 1 executor are busy; 3 runs ahead of it`. */
export function whyText(run: Pick<Run, 'status' | 'reason' | 'waiting'>): string {
  const why = causeText(run);
  return why === '' ? run.status : `${run.status}: ${why}`;
}

/** The same without the status; empty where there is nothing to say. */
export const causeText = ({ reason, waiting }: Pick<Run, 'reason' | 'waiting'>): string =>
  printable(waiting?.says ?? reason ?? '');

const everyMs = 2_000;

/**
 * Says why a watched run waits in the queue, whenever that changes: nothing happens meanwhile that an event could tell of.
 */
export function tellWhy(client: Client, runId: string, painter: Painter): { stop(): Promise<void> } {
  let said: string | null = null;
  return serializedInterval({
    everyMs,
    task: async (stopped) => {
      const run = await client.runs.get(runId, { signal: stopped });
      const why = run.status === 'queued' ? whyText(run) : '';
      // Most runs are taken before the second look.
      if (said !== null && why !== said && why !== '' && !stopped.aborted) painter.say(`⏳ ${why}`);
      said = said === null ? '' : why;
    },
    // The feed says when the server is away.
    onError: () => undefined,
  });
}
