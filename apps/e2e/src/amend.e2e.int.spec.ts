import { join } from 'node:path';
import type { Step } from '@lockstep/contracts';
import { expectRest } from './oracle';
import { git } from './repository';
import { ask, bash, complete, good, turnOf } from './scenario/model';
import { fileStep, planOf, type PlannedStep } from './scenario/plans';
import { begin, reach, scriptOf } from './scenario/run-scenario';
import type { Live, Scenario } from './scenario/scenario';
import { startStack, type Stack } from './stack';

/** A module that adds, with its test. */
const adding = (key: string, amount: number): PlannedStep => ({
  key,
  verify: `node --test test/add-${key}.test.js`,
  code: { [`src/add-${key}.js`]: `exports.add = (a) => a + ${amount};` },
  tests: {
    [`test/add-${key}.test.js`]: [
      "const { test } = require('node:test');",
      "const assert = require('node:assert');",
      `const { add } = require('../src/add-${key}');`,
      `test('adds ${key}', () => assert.equal(add(1), ${1 + amount}));`,
    ].join('\n'),
  },
});

const stepsOf = async (live: Live): Promise<string[]> =>
  (await live.stack.client.runs.steps(live.runId)).map(({ key, status, round }: Step) => `${key} ${status} ${round}`);

/** `<step> <round>` of each commit of the run, oldest first; the closing one is empty. */
const rounds = async ({ repository, run }: Live): Promise<string[]> => {
  const { branch } = await run();
  const trailer = (name: string): string => `%(trailers:key=Lockstep-${name},valueonly,separator=)`;
  const format = `commit ${trailer('Step')} ${trailer('Round')}`;
  return git(repository, 'log', '--reverse', `--format=${format}`, `main..${branch}`)
    .split('\n')
    .map((line) => line.slice('commit'.length).trim());
};

const resume = async (live: Live): Promise<void> => void (await live.stack.client.runs.resume(live.runId));

async function amend(live: Live, document: string) {
  const { plan, impact } = await live.stack.client.runs.amend(live.runId, { document });
  await live.stack.client.plans.approve(plan.id);
  return { plan, effects: impact.steps.map(({ key, effect }) => `${key} ${effect}`) };
}

describe('a plan that is amended while its run is under way', () => {
  let stack: Stack;
  beforeAll(async () => void (stack = await startStack({ executors: 2 })), 120_000);
  afterAll(() => stack?.stop(), 60_000);

  it('opens again exactly what it has to, each with one more commit', async () => {
    const document = planOf('sums', [adding('1', 1), adding('2', 2), adding('3', 3), adding('4', 4)]);
    const scenario = { tag: 'sums', plan: document, settings: { advance: 'manual' }, turns: [], expected: {} };
    const live = await begin(stack, scenario as unknown as Scenario);
    for (let done = 0; done < 3; done += 1) {
      await reach(live, 'paused');
      if (done < 2) await resume(live);
    }
    expect(await stepsOf(live)).toEqual(['1 completed 1', '2 completed 1', '3 completed 1', '4 pending 1']);
    const before = await live.run();
    const amended = planOf('sums', [adding('1', 1), adding('2', 20), adding('3', 3), adding('5', 5)]);
    const { plan, effects } = await amend(live, amended);
    expect(effects).toEqual(['1 keep', '2 reopen', '3 reopen', '4 skip', '5 insert']);
    for (let done = 0; done < 2; done += 1) {
      await reach(live, 'paused');
      await resume(live);
    }
    const run = await reach(live, 'completed');
    expect(run).toMatchObject({ planId: plan.id, branch: before.branch, baseSha: before.baseSha });
    expect(await stepsOf(live)).toEqual([
      '1 completed 1',
      '2 completed 2',
      '3 completed 2',
      '4 skipped 1',
      '5 completed 1',
    ]);
    expect(await rounds(live)).toEqual(['1 1', '2 1', '3 1', '2 2', '3 2', '5 1', '']);
    expect(git(live.repository, 'show', `${run.branch}:src/add-2.js`)).toContain('a + 20');
    const results = git(live.repository, 'show', `${run.branch}:docs/sums-results.md`);
    expect(results).toMatch(/Step 2: sums part 2 ✅[\s\S]*round 2/);
    expect(results).toContain('not carried out: no longer in the plan');
    await expectRest(stack);
  }, 180_000);
});

describe('an amendment that takes a step away in the middle of its work', () => {
  const scenario = {
    tag: 'gulls',
    plan: planOf('gulls', [fileStep('1'), fileStep('2')]),
    turns: [
      turnOf('1', 'step', bash('echo half > half-done.txt; echo good > part-1.txt'), ask('Which gulls?')),
      { match: { step: '2', contains: 'gulls part 3' }, blocks: [good('2'), complete('2')] },
      { match: { step: '3' }, blocks: [good('3'), complete('3')] },
    ],
    expected: {},
  } as unknown as Scenario;

  let stack: Stack;
  beforeAll(async () => void (stack = await startStack({ executors: 1, script: scriptOf([scenario]) })), 120_000);
  afterAll(() => stack?.stop(), 60_000);

  it('leaves nothing of that work in what comes next, and tells the agent the new plan', async () => {
    const live = await begin(stack, scenario);
    await reach(live, 'blocked');
    const { effects } = await amend(live, planOf('gulls', [fileStep('2'), fileStep('3')]));
    expect(effects).toEqual(['1 skip', '2 keep', '3 insert']);
    const run = await reach(live, 'completed');
    expect(await rounds(live)).toEqual(['2 1', '3 1', '']);
    const files = git(live.repository, 'ls-tree', '-r', '--name-only', run.branch).split('\n');
    expect(files).toEqual([join('docs', 'gulls-results.md'), 'part-2.txt', 'part-3.txt', 'readme.md']);
    expect(await live.openQuestions()).toEqual([]);
    const turns = await stack.client.runs.conversation(live.runId);
    expect(turns.map(({ stepKey, kind }) => `${stepKey} ${kind}`)).toEqual(['1 step', '2 step', '3 step']);
    expect(turns[1]?.prompt).toContain('# Carrying out the plan');
    await expectRest(stack);
  }, 120_000);
});
