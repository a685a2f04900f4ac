import { waitFor } from '@lockstep/testing';
import { workersIn } from './oracle';
import { bash, complete, easy, good, linger, say, turnOf, type Block } from './scenario/model';
import { saidOnce } from './scenario/people';
import { fileStep, planOf } from './scenario/plans';
import { describeScenarios } from './scenario/describe-scenarios';
import type { Live, Scenario } from './scenario/scenario';

const fault = (name: string, times: number, more: object = {}): Block => ({ fault: name, times, ...more });
const simple = (tag: string) => planOf(tag, [fileStep('1')]);
const resumed = turnOf('1', 'resume', good('1'), complete('1'));

const waits = (tag: string, name: string): Scenario => ({
  tag,
  plan: simple(tag),
  turns: [turnOf('1', 'step', fault(name, 1)), turnOf('1', 'resume', fault(name, 1)), resumed],
  expected: {
    status: 'completed',
    commits: ['1', null],
    attempts: { '1': ['rate_limited', 'rate_limited', 'passed'] },
    retryCounts: { '1': 0 },
  },
  also: ({ events }) => {
    const at = (wanted: string) => events.filter(({ type }) => type === wanted).map(({ time }) => Date.parse(time));
    const refused = at('cost.updated');
    const pauses = at('lease.taken')
      .slice(1, 3)
      .map((taken, index) => taken - refused[index]!);
    // Never at once, and longer each time; rung again within a sweep or two.
    expect(pauses[0]).toBeGreaterThanOrEqual(490);
    expect(pauses[1]).toBeGreaterThanOrEqual(990);
    expect(Math.max(...pauses)).toBeLessThan(8_000);
  },
});

const claudesOf = ({ stack, runId }: Live): number[] =>
  stack.workspaceRoots.flatMap((root) =>
    workersIn(root, runId)
      .filter(({ name }) => name === 'claude')
      .map(({ pid }) => pid),
  );

const scenarios: Scenario[] = [
  waits('throttled', '429'),
  waits('overloaded', '529'),
  {
    tag: 'resets-later',
    plan: simple('resets-later'),
    turns: [
      turnOf('1', 'step', fault('session_limit', 1, { resetAt: new Date(Date.now() + 25_000).toISOString() })),
      resumed,
    ],
    people: [
      {
        act: async (live) => {
          const run = await waitFor(
            async () => {
              const now = await live.run();
              return now.waitReason === 'credential' ? now : undefined;
            },
            { what: 'the run to wait for the credential', timeoutMs: 20_000 },
          );
          expect(run.status).toBe('queued');
          expect(run.resumeAt).not.toBeNull();
        },
      },
    ],
    expected: { status: 'completed', commits: ['1', null], attempts: { '1': ['rate_limited', 'passed'] } },
  },
  {
    tag: 'refused-key',
    plan: simple('refused-key'),
    turns: [turnOf('1', 'step', fault('401', 1)), resumed],
    people: [{ answer: 'Try again', on: 'does not accept the credential' }],
    expected: {
      status: 'completed',
      commits: ['1', null],
      attempts: { '1': ['infra_error', 'passed'] },
      retryCounts: { '1': 0 },
    },
  },
  {
    tag: 'server-errors',
    plan: simple('server-errors'),
    turns: [
      turnOf('1', 'step', fault('500', 1)),
      turnOf('1', 'resume', fault('500', 1)),
      turnOf('1', 'resume', fault('500', 1)),
      turnOf('1', 'resume', good('1'), complete('1')),
    ],
    people: [{ answer: 'Try again', on: 'could not be tried, 3 times in a row' }],
    expected: {
      status: 'completed',
      commits: ['1', null],
      attempts: { '1': ['infra_error', 'infra_error', 'infra_error', 'passed'] },
      retryCounts: { '1': 0 },
    },
  },
  {
    tag: 'too-slow',
    plan: simple('too-slow'),
    settings: { turnLimitSeconds: 5, idleLimitSeconds: 5 },
    turns: [
      turnOf('1', 'step', bash('echo half > half.txt; for i in $(seq 30); do sleep 1; done')),
      turnOf('1', 'fix', bash('rm half.txt'), good('1'), complete('1')),
    ],
    expected: { status: 'completed', commits: ['1', null] },
  },
  {
    tag: 'killed-agent',
    plan: simple('killed-agent'),
    turns: [
      turnOf('1', 'step', bash('echo half > half.txt'), say('now lingering'), linger),
      turnOf('1', 'resume', bash('grep half half.txt && rm half.txt'), good('1'), complete('1')),
    ],
    people: [
      {
        act: async (live) => {
          await saidOnce(live, 'now lingering');
          claudesOf(live).forEach((pid) => process.kill(pid, 'SIGKILL'));
        },
      },
    ],
    expected: {
      status: 'completed',
      commits: ['1', null],
      attempts: { '1': ['infra_error', 'passed'] },
      retryCounts: { '1': 0 },
    },
    also: ({ turns }) => expect(turns[1]?.prompt).not.toContain('The whole plan, once'),
  },
  {
    tag: 'undisturbed',
    plan: simple('undisturbed'),
    turns: [easy('1')],
    expected: { status: 'completed', commits: ['1', null] },
  },
];

describeScenarios({ title: 'how a turn can end', scenarios });
