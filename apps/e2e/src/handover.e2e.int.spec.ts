import { waitFor } from '@lockstep/testing';
import { workersIn } from './oracle';
import { backplanes } from './scenario/backplanes';
import { bad, bash, complete, easy, good, linger, say, turnOf } from './scenario/model';
import { installCommand, installed, installing, withDependency } from './scenario/dependency';
import { saidOnce } from './scenario/people';
import { fileStep, planOf } from './scenario/plans';
import { runScenario, scriptOf } from './scenario/run-scenario';
import type { Live, Scenario, Seen } from './scenario/scenario';
import { stackAtRest } from './scenario/stack-at-rest';

/** The sessions in which the model was asked for a run. */
async function sessionsOf({ stack }: Live, tag: string): Promise<(string | undefined)[]> {
  const requests = (await stack.model.requests()).filter(({ message }) => message?.prompt.includes(`${tag} part`));
  return [...new Set(requests.map(({ message }) => message?.sessionId))];
}

const executorsOf = ({ events }: Seen): string[] =>
  events.filter(({ type }) => type === 'lease.taken').map(({ data }) => (data as { executorId: string }).executorId);

const failing = (fix: number) => ({
  match: { step: '2', kind: fix === 0 ? 'step' : 'fix', fix },
  blocks: [bash(`echo try ${fix} >> tries.txt`), bad('2'), complete('2')],
});

/** Another run, which finds a free slot while the first one waits for an answer. */
const other: Scenario = {
  tag: 'in-between',
  plan: planOf('in-between', [fileStep('1')]),
  turns: [easy('1')],
  expected: { status: 'completed', commits: ['1', null] },
};

const blockedThenElsewhere: Scenario = {
  tag: 'blocked-run',
  plan: planOf('blocked-run', [
    fileStep('1', { more: installing }),
    fileStep('2', { verify: `echo the gate looks; ${installed} && grep -q good part-2.txt` }),
  ]),
  files: withDependency,
  turns: [
    turnOf('1', 'step', bash(installCommand), good('1'), complete('1')),
    ...[0, 1, 2, 3].map(failing),
    {
      match: { step: '2', kind: 'answer', contains: 'Write the word good' },
      blocks: [bash('test $(wc -l < tries.txt) -eq 4 && rm tries.txt'), bad('2'), complete('2')],
    },
    { match: { step: '2', kind: 'fix', attempt: 6 }, blocks: [good('2'), complete('2')] },
  ],
  people: [
    {
      act: async (live) => {
        const { stack, runId } = live;
        await waitFor(async () => (await live.run()).status === 'blocked', { what: 'the question', timeoutMs: 60_000 });
        const [question] = await live.openQuestions();
        expect(question?.text).toContain('still fails its verification after 3 fix attempts');
        expect(question?.text).toContain('the gate looks');
        expect(workersIn(stack.workspaceRoots[0]!, runId)).toEqual([]);
        await runScenario(stack, other);
        await stack.executors[0]!.end('SIGTERM');
        await stack.startExecutor();
      },
    },
    { answer: 'Write the word good' },
  ],
  expected: {
    status: 'completed',
    commits: ['1', '2', null],
    attempts: { '2': ['failed', 'failed', 'failed', 'failed', 'failed', 'passed'] },
    retryCounts: { '2': 1 },
    questions: [['answered', 'still fails its verification']],
  },
  also: async (seen) => {
    expect([...new Set(executorsOf(seen))]).toEqual(['executor-1', 'executor-2']);
    expect(await sessionsOf(seen, 'blocked-run')).toEqual([seen.ended.claudeSessionId]);
    expect(seen.turns.filter(({ prompt }) => prompt.includes('The whole plan, once'))).toHaveLength(1);
  },
};

/** A `kill -9` in the middle of a turn, an orderly end in the middle of the next one, and the last executor finishes. */
const twiceInterrupted: Scenario = {
  tag: 'interrupted',
  plan: planOf('interrupted', [fileStep('1'), fileStep('2'), fileStep('3')]),
  turns: [
    easy('1'),
    turnOf('2', 'step', bad('2'), complete('2')),
    turnOf('2', 'fix', bash('echo lost > lost.txt'), say('lingering on 2'), linger),
    turnOf('2', 'resume', bash('grep bad part-2.txt && test ! -e lost.txt'), good('2'), complete('2')),
    turnOf('3', 'step', bash('echo kept > kept.txt'), say('lingering on 3'), linger),
    turnOf('3', 'resume', bash('grep kept kept.txt && rm kept.txt'), good('3'), complete('3')),
  ],
  people: [
    {
      act: async (live) => {
        const { stack } = live;
        await saidOnce(live, 'lingering on 2');
        const successor = await stack.startExecutor({ LOCKSTEP_DRAIN_GRACE_MS: '200' });
        await stack.executors.find(({ name }) => name !== successor.name)!.end('SIGKILL');
        const from = performance.now();
        await waitFor(async () => (await live.run()).executorId === successor.name, {
          what: 'the successor to take the run',
          timeoutMs: 12_000,
        });
        expect(performance.now() - from).toBeLessThan(12_000);
        await saidOnce(live, 'lingering on 3');
        await stack.startExecutor();
        await successor.end('SIGTERM');
      },
    },
  ],
  expected: {
    status: 'completed',
    commits: ['1', '2', '3', null],
    attempts: { '2': ['failed', 'lost', 'passed'], '3': ['interrupted', 'passed'] },
    retryCounts: { '2': 1, '3': 0 },
  },
  also: async (seen) => {
    expect([...new Set(executorsOf(seen))]).toHaveLength(3);
    expect(await sessionsOf(seen, 'interrupted')).toEqual([seen.ended.claudeSessionId]);
    const resumed = seen.turns.find(({ stepKey, kind }) => stepKey === '2' && kind === 'resume');
    expect(resumed?.prompt).toContain('What did not pass');
    const released = seen.events.find(({ data }) => (data as { action?: string }).action === 'handed_over')!;
    const taken = seen.events.find(({ type, seq }) => type === 'lease.taken' && seq > released.seq)!;
    expect(Date.parse(taken.time) - Date.parse(released.time)).toBeLessThan(1_000);
  },
};

describe.each(backplanes)('a run that goes on elsewhere, on %s', (_, options) => {
  const stack = stackAtRest(
    {
      ...options,
      executors: 1,
      concurrency: 1,
      script: scriptOf([blockedThenElsewhere, other, twiceInterrupted]),
    },
    { each: true },
  );

  it('is blocked after three fix attempts, and finished by another executor in the same session', async () => {
    await runScenario(stack(), blockedThenElsewhere);
  }, 180_000);

  it('survives a kill and a drain in the middle of its turns', async () => {
    await runScenario(stack(), twiceInterrupted);
  }, 180_000);
});
