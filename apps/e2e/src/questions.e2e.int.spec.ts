import { waitFor } from '@lockstep/testing';
import { workersIn } from './oracle';
import { ask, bad, bash, complete, easy, good, linger, mention, say, turn, turnOf } from './scenario/model';
import { rests, saidOnce } from './scenario/people';
import { fileStep, planOf } from './scenario/plans';
import { describeScenarios } from './scenario/describe-scenarios';
import type { Live, Scenario } from './scenario/scenario';

const workspaceOf = ({ stack, runId }: Live): string[] =>
  stack.workspaceRoots.flatMap((root) => workersIn(root, runId).map(({ name }) => name));

/** While it waits, the run holds nothing. */
const holdsNothing = async (live: Live): Promise<void> => {
  expect(workspaceOf(live)).toEqual([]);
  const row = await live.stack.database.prisma.run.findUniqueOrThrow({ where: { id: live.runId } });
  expect([row.leaseOwner, row.leaseExpiresAt, row.waitReason]).toEqual([null, null, 'question']);
};

/** The open questions of a run that has come to wait for this reason. */
const blockedBy = async (live: Live, reason: string) => {
  await waitFor(async () => (await live.run()).waitReason === reason, {
    what: `a wait for ${reason}`,
    timeoutMs: 60_000,
  });
  return live.openQuestions();
};

const scenarios: Scenario[] = [
  {
    tag: 'two-blockers',
    plan: planOf('two-blockers', [fileStep('1')]),
    turns: [
      turnOf(
        '1',
        'step',
        bash('echo half > part-1.txt'),
        ask('Which rounding?', ['Half up (recommended)', 'Half even']),
      ),
      { match: { step: '1', kind: 'answer', contains: 'Half even' }, blocks: [ask('Which name?')] },
      {
        match: { step: '1', kind: 'answer', contains: 'Call it good' },
        blocks: [bash('grep half part-1.txt'), good('1'), complete('1')],
      },
    ],
    people: [
      { answer: 'Half even', on: 'Which rounding?' },
      { answer: 'Call it good', on: 'Which name?' },
    ],
    expected: {
      status: 'completed',
      commits: ['1', null],
      attempts: { '1': ['blocked', 'blocked', 'passed'] },
      questions: [
        ['answered', 'Which rounding?'],
        ['answered', 'Which name?'],
      ],
      events: {
        '1': [
          ...['step.started', 'step.completed', 'question.asked', 'question.answered'],
          ...['step.started', 'step.completed', 'question.asked', 'question.answered'],
          ...['step.started', 'verification.started', 'verification.finished', 'step.completed'],
        ],
      },
      retryCounts: { '1': 0 },
    },
    also: ({ questions, turns, events }) => {
      expect(questions[0]?.options).toEqual(['Half up', 'Half even']);
      expect(questions[0]?.text).toContain('Recommended: Half up');
      expect(turns.map(({ kind }) => kind)).toEqual(['step', 'answer', 'answer']);
      const blocked = events.filter(
        ({ type, data }) => type === 'execution.status' && (data as { status: string }).status === 'blocked',
      );
      expect(blocked).toHaveLength(2);
    },
  },
  {
    tag: 'budgets',
    plan: planOf('budgets', [fileStep('1'), fileStep('2')]),
    settings: { budget: { attempts: 1, tokens: 1 } },
    turns: [turnOf('1', 'step', bad('1'), complete('1')), turnOf('1', 'resume', good('1'), complete('1')), easy('2')],
    people: [
      {
        act: async (live) => {
          const open = await blockedBy(live, 'budget');
          expect(open.map(({ budget }) => [budget?.kind, budget?.limit])).toEqual([
            ['tokens', 1],
            ['attempts', 1],
          ]);
          expect(open[0]!.budget!.used).toBeGreaterThan(1);
          const answers = open.map(({ id, options, budget }) => ({
            questionId: id,
            answer: budget?.kind === 'tokens' ? '100M' : options[0]!,
          }));
          expect((await live.stack.client.runs.answer(live.runId, answers)).resumed).toBe(true);
        },
      },
      { act: async (live) => void expect(await blockedBy(live, 'budget')).toHaveLength(1) },
      { answer: '9', on: 'The run’s budget for attempts is used up: 2 attempts of 2 attempts.' },
    ],
    expected: {
      status: 'completed',
      commits: ['1', '2', null],
      attempts: { '1': ['failed', 'passed'], '2': ['passed'] },
      retryCounts: { '1': 0, '2': 0 },
      questions: [
        ['answered', 'budget for tokens'],
        ['answered', 'budget for attempts'],
        ['answered', 'budget for attempts'],
      ],
    },
    also: ({ turns, ended }) => {
      expect(turns.map(({ kind }) => kind)).toEqual(['step', 'resume', 'step']);
      expect(turns[1]?.prompt).not.toContain('budget for');
      expect(ended.costIsPartial).toBe(false);
    },
  },
  {
    tag: 'both-at-once',
    plan: planOf('both-at-once', [fileStep('1')]),
    turns: [
      turnOf('1', 'step', ask('First thing?'), ask('Second thing?')),
      { match: { step: '1', kind: 'answer', contains: 'First thing?' }, blocks: [good('1'), complete('1')] },
    ],
    people: [
      {
        act: async (live) => {
          await waitFor(async () => (await live.run()).status === 'blocked', {
            what: 'the run to be blocked',
            timeoutMs: 60_000,
          });
          const open = await live.openQuestions();
          expect(open.map(({ text }) => text)).toEqual(['First thing?', 'Second thing?']);
          const first = await live.stack.client.runs.answer(live.runId, [{ questionId: open[0]!.id, answer: 'One' }]);
          expect([first.resumed, first.run.status]).toEqual([false, 'blocked']);
        },
      },
      { answer: 'Two', on: 'Second thing?' },
    ],
    expected: { status: 'completed', commits: ['1', null] },
    also: ({ turns }) => expect(turns[1]?.prompt).toMatch(/First thing\?[^]*One[^]*Second thing\?[^]*Two/),
  },
  {
    tag: 'decision',
    plan: planOf('decision', [fileStep('1'), fileStep('2'), fileStep('3')]),
    turns: [
      turn('1', mention('Is tidy fine?'), good('1'), complete('1')),
      turn(
        '2',
        mention('Is it wide?'),
        bash('while ! test -e ../home/go; do sleep 0.1; done'),
        good('2'),
        complete('2'),
      ),
      { match: { step: '3', contains: 'Rather broad' }, blocks: [good('3'), complete('3')] },
    ],
    people: [
      {
        act: async (live) => {
          await saidOnce(live, 'Is it wide?');
          const open = await waitFor(async () => (await live.openQuestions()).at(0), {
            what: 'the first decision',
            timeoutMs: 30_000,
          });
          await live.stack.client.runs.answer(live.runId, [{ questionId: open.id, answer: 'Rather broad' }]);
          await live.stack.touch(live.runId, 'home/go');
        },
      },
    ],
    expected: {
      status: 'completed',
      commits: ['1', '2', '3', null],
      questions: [
        ['answered', 'Is tidy fine?'],
        ['open', 'Is it wide?'],
      ],
      attempts: { '1': ['passed'], '2': ['passed'], '3': ['passed'] },
    },
  },
  {
    tag: 'plain-question',
    plan: planOf('plain-question', [fileStep('1')]),
    turns: [
      turnOf('1', 'step', bad('1'), say('I wrote something.\n\nShould the word be good or bad?')),
      turnOf('1', 'answer', good('1'), complete('1')),
    ],
    people: [
      {
        act: async (live) =>
          waitFor(async () => (await live.run()).status === 'blocked', {
            what: 'the question',
            timeoutMs: 60_000,
          }).then(() => holdsNothing(live)),
      },
      { answer: 'good', on: 'Should the word be good or bad?' },
    ],
    expected: { status: 'completed', commits: ['1', null], attempts: { '1': ['blocked', 'passed'] } },
  },
  {
    tag: 'cancelled',
    plan: planOf('cancelled', [fileStep('1'), fileStep('2')]),
    turns: [easy('1'), turn('2', say('now lingering'), bash('setsid sleep 300 & sleep 300'))],
    people: [
      { cancelOnce: 'now lingering' },
      {
        act: async (live) => {
          const from = performance.now();
          await waitFor(() => workspaceOf(live).length === 0, { what: 'the agent to be gone', timeoutMs: 10_000 });
          // A heartbeat of 500 ms, and what Claude takes to end.
          expect(performance.now() - from).toBeLessThan(5_000);
        },
      },
    ],
    expected: {
      status: 'cancelled',
      steps: { '1': 'completed', '2': 'pending' },
      attempts: { '1': ['passed'], '2': ['cancelled'] },
    },
  },
  {
    tag: 'cancelled-asking',
    plan: planOf('cancelled-asking', [fileStep('1')]),
    turns: [turn('1', ask('Whether?'))],
    people: [
      {
        act: async (live) =>
          waitFor(async () => (await live.run()).status === 'blocked', { what: 'the question', timeoutMs: 60_000 })
            .then(() => live.stack.client.runs.cancel(live.runId))
            .then(() => undefined),
      },
    ],
    expected: { status: 'cancelled', steps: { '1': 'pending' }, questions: [['withdrawn', 'Whether?']] },
  },
  {
    tag: 'cancelled-checking',
    plan: planOf('cancelled-checking', [{ key: '1', verify: 'echo checking; touch $HOME/checking; sleep 300' }]),
    turns: [turn('1', say('written'), complete('1'))],
    people: [
      {
        act: async (live) => {
          await waitFor(() => workspaceOf(live).includes('sleep'), { what: 'the check to run', timeoutMs: 60_000 });
          await live.stack.client.runs.cancel(live.runId);
          await waitFor(() => workspaceOf(live).length === 0, { what: 'the check to be gone', timeoutMs: 8_000 });
        },
      },
    ],
    expected: { status: 'cancelled', steps: { '1': 'pending' }, attempts: { '1': ['cancelled'] } },
  },
  {
    tag: 'paused',
    plan: planOf('paused', [fileStep('1')]),
    turns: [
      turnOf('1', 'step', bash('echo half > half.txt'), say('now lingering'), linger),
      turnOf('1', 'resume', bash('grep half half.txt && rm half.txt'), good('1'), complete('1')),
    ],
    people: [{ pauseOnce: 'now lingering' }, { resume: true }],
    expected: {
      status: 'completed',
      commits: ['1', null],
      attempts: { '1': ['interrupted', 'passed'] },
      retryCounts: { '1': 0 },
    },
    also: ({ turns }) => expect(turns[1]?.prompt).not.toContain('The whole plan, once'),
  },
  {
    tag: 'by-hand',
    plan: planOf('by-hand', [fileStep('1'), fileStep('2')]),
    settings: { advance: 'manual' },
    turns: [easy('1'), easy('2')],
    people: [{ resume: true }],
    expected: { status: 'completed', commits: ['1', '2', null] },
    also: ({ events }) =>
      expect(events.map(({ data }) => (data as { action?: string }).action)).toContain('stage3_step_done'),
  },
  ...reviews(),
  {
    tag: 'skipped',
    plan: planOf('skipped', [fileStep('1'), fileStep('2')]),
    turns: [turn('1', bash('echo left > left.txt'), ask('Is it needed?')), easy('2')],
    people: [{ skip: '1' }],
    expected: {
      status: 'completed',
      steps: { '1': 'skipped', '2': 'completed' },
      commits: ['2', null],
      questions: [['withdrawn', 'Is it needed?']],
    },
    also: ({ steps }) => expect(steps[1]?.filesModified).toEqual(['part-2.txt']),
  },
];

function reviews(): Scenario[] {
  const test = (name: string) =>
    `const { test } = require('node:test');\ntest('${name}', () => undefined);\ntest('${name} too', () => undefined);\n`;
  const files = { 'test/a.test.js': test('a'), 'test/b.test.js': test('b') };
  const plan = (tag: string) =>
    planOf(tag, [{ key: '1', verify: 'node --test test/ && grep -q good part-1.txt' }, fileStep('2')]);
  const learned = 'Lessons learned:\n- One is enough. Evidence: test/a.test.js\n';
  const weaken = turnOf('1', 'step', good('1'), bash('rm test/b.test.js'), complete('1', learned));
  return [
    {
      tag: 'review-approved',
      plan: plan('review-approved'),
      files,
      turns: [weaken, easy('2')],
      people: [{ resume: true }, { approve: '1' }],
      expected: {
        status: 'completed',
        steps: { '1': 'completed', '2': 'completed' },
        commits: ['1', '2', null],
        attempts: { '1': ['passed', 'passed'] },
      },
      also: ({ steps }) =>
        expect(steps[0]).toMatchObject({
          summary: 'part 1 is done',
          lessons: ['One is enough. (test/a.test.js)'],
          filesModified: ['part-1.txt', 'test/b.test.js'],
        }),
    },
    {
      tag: 'review-retried',
      plan: plan('review-retried'),
      files,
      turns: [
        weaken,
        turnOf('1', 'resume', bash(`cat > test/b.test.js <<'EOT'\n${test('b')}EOT`), complete('1')),
        easy('2'),
      ],
      people: [{ retry: '1' }],
      expected: { status: 'completed', commits: ['1', '2', null], attempts: { '1': ['passed', 'passed'] } },
    },
    {
      tag: 'review-outdated',
      plan: planOf('review-outdated', [
        { key: '1', verify: 'node --test test/ && grep -q good part-1.txt && test ! -e "$HOME/trip"' },
      ]),
      files,
      turns: [weaken, turnOf('1', 'resume', bash('rm ../home/trip'), complete('1'))],
      people: [
        { act: async (live) => rests(live, ['paused']).then(() => live.stack.touch(live.runId, 'home/trip')) },
        { approve: '1' },
        { retry: '1' },
        { resume: true },
      ],
      expected: {
        status: 'paused',
        steps: { '1': 'needs_review' },
        attempts: { '1': ['passed', 'failed', 'passed'] },
      },
      also: async ({ stack, runId }) =>
        expect(await stack.client.runs.diff(runId)).toMatch(/^--- a\/test\/b\.test\.js$/m),
    },
  ];
}

describeScenarios({ title: 'people', scenarios });
