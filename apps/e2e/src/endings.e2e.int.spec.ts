import { workersIn } from './oracle';
import { bash, complete, easy, good, linger, say, turnOf, type Block } from './scenario/model';
import { saidOnce } from './scenario/people';
import { fileStep, planOf } from './scenario/plans';
import { describeScenarios } from './scenario/describe-scenarios';
import type { Live, Scenario } from './scenario/scenario';

const fault = (name: string, times: number, more: object = {}): Block => ({ fault: name, times, ...more });
const simple = (tag: string) => planOf(tag, [fileStep('1')]);
const resumed = turnOf('1', 'resume', good('1'), complete('1'));

const claudesOf = ({ stack, runId }: Live): number[] =>
  stack.workspaceRoots.flatMap((root) =>
    workersIn(root, runId)
      .filter(({ name }) => name === 'claude')
      .map(({ pid }) => pid),
  );

const scenarios: Scenario[] = [
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
