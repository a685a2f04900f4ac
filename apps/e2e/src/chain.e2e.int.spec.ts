import { join } from 'node:path';
import { expectRest } from './oracle';
import { commitsOf, git, makeRepository } from './repository';
import { bash, complete, good, turnOf } from './scenario/model';
import { fileStep, planOf } from './scenario/plans';
import { liveOf, reach } from './scenario/run-scenario';
import { startStack, type Stack } from './stack';

const script = {
  turns: [
    {
      match: { step: '1', contains: 'terns part' },
      blocks: [
        bash('for i in 1 2 3 4 5 6 7 8 9 10; do test -e go-on && break; sleep 0.2; done'),
        good('1'),
        complete('1', 'Lessons learned:\n- Terns need a wide berth. Evidence: part 1\n'),
      ],
    },
    turnOf('2', 'step', bash('grep good part-1.txt'), good('2'), complete('2')),
  ],
};

let stack: Stack;
beforeAll(async () => void (stack = await startStack({ executors: 1, script })), 120_000);
afterAll(() => stack?.stop(), 60_000);

it('carries out one plan after another, the next from the branch of the one before', async () => {
  const { client } = stack;
  const repository = makeRepository(join(stack.root, 'repositories', 'birds'), {
    'readme.md': '# Birds\n',
    'assets/templates/step-results.md': '# [Step]\n\n## Status\n\n## Bug Fixes\n',
  });
  const settings = { profile: 'poc' as const, queue: 'chain' as const, healthCheck: ['test -s PROJECT_STATE.md'] };
  const { id: projectId } = await client.projects.create({ name: 'birds', repository, settings });
  const runs: string[] = [];
  for (const [tag, key] of [
    ['terns', '1'],
    ['skuas', '2'],
  ] as const) {
    const plan = await client.plans.submit({ projectId, document: planOf(tag, [fileStep(key)]) });
    runs.push((await client.plans.approve(plan.id)).runId);
  }
  const [first = '', second = ''] = runs;
  const waiting = await client.runs.get(second);
  expect(waiting).toMatchObject({ status: 'queued', waitReason: 'predecessor', afterRunId: first, baseSha: null });
  const before = await reach(liveOf(stack, repository, first), 'completed');
  const after = await reach(liveOf(stack, repository, second), 'completed');

  expect(after.baseSha).toBe(before.headSha);
  expect(git(repository, 'rev-parse', before.branch)).toBe(before.headSha);
  expect(commitsOf(repository, before.branch).map(({ step }) => step)).toEqual(['1', null]);
  expect(commitsOf(repository, after.branch, before.branch).map(({ step }) => step)).toEqual(['2', null]);
  expect(Date.parse(after.startedAt ?? '')).toBeGreaterThan(Date.parse(before.finishedAt ?? ''));

  const files = git(repository, 'ls-tree', '-r', '--name-only', after.branch).split('\n');
  expect(files).toEqual(
    expect.arrayContaining([
      'PROJECT_STATE.md',
      ...[
        'docs/skuas-results.md',
        'docs/skuas-step2-results.md',
        'docs/terns-results.md',
        'docs/terns-step1-results.md',
      ],
    ]),
  );
  const own = git(repository, 'show', `${after.branch}:docs/terns-step1-results.md`);
  expect(own.match(/^## .*$/gm)?.slice(0, 2)).toEqual(['## Status', '## Bug Fixes']);
  const state = git(repository, 'show', `${after.branch}:PROJECT_STATE.md`);
  expect(state.match(/^## .*$/gm)).toEqual(['## terns Plan', '## skuas Plan']);
  expect(state.match(/Complete, 1 of 1 steps/g)).toHaveLength(2);

  const lessons = await client.projects.lessons(projectId);
  expect(lessons.map(({ what, runId, stepKey }) => [what, runId, stepKey])).toEqual([
    [expect.stringContaining('Terns need a wide berth'), first, '1'],
  ]);
  const [opening] = await client.runs.conversation(second);
  expect(opening?.prompt).toMatch(
    /## Lessons of earlier work on this project\n\n- Terns need a wide berth.*\(from terns Plan, 1\)/,
  );
  await expectRest(stack);
}, 180_000);
