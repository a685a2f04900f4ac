import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryBlobs } from '@lockstep/database';
import { waitFor } from '@lockstep/testing';
import { keptInTurn } from './scenario/kept-in-turn';
import { ask, bash, complete, good, linger, turnOf } from './scenario/model';
import { fileStep, planOf } from './scenario/plans';
import { runScenario, scriptOf } from './scenario/run-scenario';
import type { Live, Scenario } from './scenario/scenario';
import { stackAtRest } from './scenario/stack-at-rest';
import type { ExecutorProcess, Stack } from './stack';

const volumeOf = ({ root }: Stack): string => join(root, 'volume');

async function loseWithDisk(executor: ExecutorProcess): Promise<void> {
  await executor.end('SIGKILL');
  rmSync(executor.workspaceRoot, { recursive: true, force: true });
}

/** From Postgres alone to an executor that uses a shared volume, and from there to the next one with that volume. */
async function loseTwoDisks(live: Live): Promise<void> {
  const { stack } = live;
  const kept = (): Promise<void> => keptInTurn(stack, live.runId, directoryBlobs(volumeOf(stack)));
  const sharing = { LOCKSTEP_SNAPSHOT_DIR: volumeOf(stack) };
  await kept();
  await loseWithDisk(stack.executors.at(-1)!);
  const second = await stack.startExecutor(sharing);
  await waitFor(async () => (await live.run()).executorId === second.name, {
    what: 'the second one',
    timeoutMs: 20_000,
  });
  await waitFor(async () => (await stack.client.runs.steps(live.runId))[1]?.status === 'in_progress', {
    what: 'the second step to begin',
    timeoutMs: 30_000,
  });
  await kept();
  await loseWithDisk(second);
  await stack.startExecutor(sharing);
}

const begun = (step: string) => turnOf(step, 'step', bash(`echo begun > begun-${step}.txt`), linger);
const goesOn = (step: string) => turnOf(step, 'resume', good(step), complete(step));
const verified = (step: string) =>
  fileStep(step, { verify: `grep -q begun begun-${step}.txt && grep -q good part-${step}.txt` });

const scenario: Scenario = {
  tag: 'disks-lost',
  plan: planOf('disks-lost', [verified('1'), verified('2')]),
  turns: [begun('1'), goesOn('1'), begun('2'), goesOn('2')],
  people: [{ act: loseTwoDisks }],
  expected: {
    status: 'completed',
    commits: ['1', '2', null],
    attempts: { '1': ['lost', 'passed'], '2': ['lost', 'passed'] },
    retryCounts: { '1': 0, '2': 0 },
  },
  also: async ({ stack, ended, events, turns }) => {
    expect(turns.filter(({ prompt }) => prompt.includes('The whole plan, once'))).toHaveLength(1);
    const warned = events.map(({ data }) => (data as { kind?: string }).kind ?? '');
    expect(warned.filter((kind) => ['session_started_over', 'work_lost', 'conversation_cut'].includes(kind))).toEqual(
      [],
    );
    const asked = (await stack.model.requests()).flatMap(({ message }) => (message?.kind === 'main' ? [message] : []));
    expect([...new Set(asked.map(({ sessionId }) => sessionId))]).toEqual([ended.claudeSessionId]);
    expect(asked.at(-1)?.promptCount).toBe(4);
    expect(asked.filter(({ openCalls }) => openCalls > 0)).toEqual([]);
  },
};

describe('an executor that is lost in the middle of a turn, with its whole disk', () => {
  const stack = stackAtRest({
    executors: 1,
    concurrency: 1,
    script: scriptOf([scenario]),
    env: { LOCKSTEP_LEASE_MS: '2500', LOCKSTEP_HEARTBEAT_MS: '400', LOCKSTEP_SNAPSHOT_INTERVAL_MS: '200' },
  });

  it('is followed by one that goes on with the files and the session of the last interval', async () => {
    await runScenario(stack(), scenario);
  }, 120_000);
});

const volume = mkdtempSync(join(tmpdir(), 'lockstep-volume-'));
const aside = `${volume}-aside`;

/** Both are asked: what the agent wants to know, and what keeps its work from being kept. */
async function mendTheVolume({ stack, runId, openQuestions, run }: Live): Promise<void> {
  await waitFor(async () => (await run()).status === 'blocked', { what: 'the run to ask', timeoutMs: 30_000 });
  const questions = await openQuestions();
  expect(questions.map(({ text }) => text)).toEqual([
    expect.stringContaining('Which one?'),
    expect.stringContaining('snapshot directory'),
  ]);
  rmSync(volume);
  renameSync(aside, volume);
  const [asked, unkept] = questions;
  await stack.client.runs.answer(runId, [
    { questionId: asked!.id, answer: 'A' },
    { questionId: unkept!.id, answer: 'Try again' },
  ]);
}

const unkept: Scenario = {
  tag: 'unkept',
  plan: planOf('unkept', [fileStep('1')]),
  turns: [
    turnOf('1', 'step', bash(`mv ${volume} ${aside}; touch ${volume}`), ask('Which one?', ['A', 'B'])),
    turnOf('1', 'answer', good('1'), complete('1')),
  ],
  people: [{ act: mendTheVolume }],
  expected: { status: 'completed', commits: ['1', null], retryCounts: { '1': 0 } },
};

describe('a snapshot volume that goes away while the agent asks', () => {
  const stack = stackAtRest(
    { executors: 1, concurrency: 1, script: scriptOf([unkept]), env: { LOCKSTEP_SNAPSHOT_DIR: volume } },
    { tidy: () => [volume, aside].forEach((folder) => rmSync(folder, { recursive: true, force: true })) },
  );

  it('is asked about beside the agent’s question', async () => {
    await runScenario(stack(), unkept);
  }, 120_000);
});
