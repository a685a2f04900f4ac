import { waitFor } from '@lockstep/testing';
import type { Action, Live } from './scenario';

const patience = { timeoutMs: 60_000, everyMs: 50 };

/** One thing that people do, as soon as it can be done. */
export async function act(live: Live, action: Action): Promise<void> {
  const { client } = live.stack;
  if ('answer' in action) return answer(live, action);
  if ('act' in action) return action.act(live);
  if ('cancelOnce' in action) {
    await saidOnce(live, action.cancelOnce);
    await client.runs.cancel(live.runId);
  } else if ('pauseOnce' in action) {
    await saidOnce(live, action.pauseOnce);
    await client.runs.pause(live.runId);
  } else {
    await rests(live, ['paused', 'blocked', 'failed']);
    if ('resume' in action) await client.runs.resume(live.runId);
    else if ('approve' in action) await client.runs.approveStep(live.runId, action.approve);
    else if ('retry' in action) await client.runs.retryStep(live.runId, action.retry);
    else await client.runs.skipStep(live.runId, action.skip);
  }
}

async function answer(live: Live, { answer: text, on }: { answer: string; on?: string }): Promise<void> {
  await rests(live, ['blocked']);
  const open = await live.openQuestions();
  if (on !== undefined && !open.some((question) => question.text.includes(on)))
    throw new Error(`No open question holds ${JSON.stringify(on)}: ${JSON.stringify(open.map((each) => each.text))}`);
  await live.stack.client.runs.answer(
    live.runId,
    open.filter(({ category }) => category === 'blocker').map(({ id }) => ({ questionId: id, answer: text })),
  );
}

/** Waits until the agent has printed the words. */
export const saidOnce = (live: Live, words: string): Promise<unknown> =>
  waitFor(async () => (await live.output()).includes(words), { what: `the agent to say ${words}`, ...patience });

export async function rests(live: Live, wanted: readonly string[]): Promise<void> {
  const run = await waitFor(
    async () => {
      const now = await live.run();
      return now.status === 'queued' || now.status === 'running' ? undefined : now;
    },
    { what: `the run to be ${wanted.join(' or ')}`, ...patience },
  );
  if (!wanted.includes(run.status))
    throw new Error(`The run was to be ${wanted.join(' or ')} and is ${run.status}: ${run.reason}`);
}
