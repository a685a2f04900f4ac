import { expectRest } from './oracle';
import { git } from './repository';
import { bash, complete, good, turnOf } from './scenario/model';
import { fileStep, planOf } from './scenario/plans';
import { begin, reach, scriptOf } from './scenario/run-scenario';
import type { Scenario } from './scenario/scenario';
import { startStack, type Stack } from './stack';

const lost = {
  tag: 'lost-parts',
  files: { '.gitignore': 'dep/\n' },
  plan: planOf('lost-parts', [{ key: '1', verify: 'grep -q good part-1.txt && test -e dep/part' }]),
  settings: { cleanRoom: 'step' },
  turns: [
    turnOf('1', 'step', bash('mkdir dep && touch dep/part'), good('1'), complete('1')),
    turnOf('1', 'fix', bash('rm .gitignore'), complete('1')),
  ],
  expected: {},
} as unknown as Scenario;

const beside = {
  tag: 'beside-it',
  plan: planOf('beside-it', [fileStep('1', { code: { 'part-1.txt': 'good' } })]),
  settings: { deviations: 'review' },
  turns: [turnOf('1', 'step', good('1'), bash('echo more > elsewhere.txt'), complete('1'))],
  expected: {},
} as unknown as Scenario;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ executors: 1, script: scriptOf([lost, beside]) });
}, 120_000);
afterAll(() => stack?.stop(), 60_000);

it('a step whose work is not all in its tree fails the profile’s clean room, and is mended', async () => {
  const live = await begin(stack, lost);
  const run = await reach(live, 'completed');
  const [step] = await stack.client.runs.steps(live.runId);
  expect(step?.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'passed']);
  expect(step?.attempts.map(({ verifications }) => verifications.map(({ verdict }) => verdict))).toEqual([
    ['passed', 'failed'],
    ['passed', 'passed'],
  ]);
  expect(git(live.repository, 'ls-tree', '-r', '--name-only', run.branch).split('\n')).toContain('dep/part');
  await expectRest(stack);
}, 120_000);

it('a file outside what the step declares waits for a person’s eyes, where the project says so', async () => {
  const live = await begin(stack, beside);
  const run = await reach(live, 'paused');
  expect([run.waitReason, run.reason]).toEqual(['review', expect.stringContaining('elsewhere.txt')]);
  await stack.client.runs.approveStep(live.runId, '1');
  await reach(live, 'completed');
  await expectRest(stack);
}, 120_000);
