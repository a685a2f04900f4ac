import { join } from 'node:path';
import { waitFor } from '@lockstep/testing';
import { expectRest } from './oracle';
import { backplanes } from './scenario/backplanes';
import { ask, bash, easy, linger, turnOf } from './scenario/model';
import { saidOnce } from './scenario/people';
import { fileStep, planOf } from './scenario/plans';
import { liveOf, look, reach, runScenario, scriptOf } from './scenario/run-scenario';
import { makeRepository } from './repository';
import type { Live, Scenario } from './scenario/scenario';
import { startStack, type Stack } from './stack';
import { expectCommitsToVerify } from './verify-history';

/** In which window an executor is killed, and whether its successor has the same disk. */
const windows: readonly (readonly [failpoint: string, disk: string])[] = [
  ['executor.step.intent-kept', 'a'],
  ['executor.step.committed', 'a'],
  ['executor.step.advanced', 'a'],
  ['executor.step.stored', 'a'],
  ['executor.step.intent-kept', 'b'],
  ['executor.step.committed', 'c'],
  ['executor.step.advanced', 'd'],
  ['executor.step.stored', 'e'],
  ['executor.closing.intent-kept', 'e'],
  ['executor.closing.advanced', 'e'],
  ['executor.closing.advanced', 'f'],
];

/** A dead executor's lease is waited for in every window; a living one that loses it to a busy machine takes the run again. */
const brief = { LOCKSTEP_LEASE_MS: '1200', LOCKSTEP_HEARTBEAT_MS: '250' };

/** What an executor is expected to be the end of: each takes the run from the one before. */
async function killInEveryWindow(live: Live): Promise<void> {
  const { stack } = live;
  for (const [failpoint, disk] of windows) {
    const executor = await stack.startExecutor({
      ...brief,
      LOCKSTEP_FAILPOINTS: `${failpoint}=kill`,
      WORKSPACE_ROOT: join(stack.root, `disk-${disk}`),
    });
    await waitFor(() => !executor.isAlive(), { what: `the executor to be killed at ${failpoint}`, timeoutMs: 60_000 });
    expect(executor.child.signalCode).toBe('SIGKILL');
  }
  await stack.startExecutor({ WORKSPACE_ROOT: join(stack.root, 'disk-g') });
}

const repeated = (step: string) => ({ ...easy(step), repeat: true });

const killed: Scenario = {
  tag: 'killed-often',
  plan: planOf('killed-often', [fileStep('1'), fileStep('2')]),
  turns: [repeated('1'), repeated('2')],
  people: [{ act: killInEveryWindow }],
  expected: { status: 'completed', commits: ['1', '2', null], retryCounts: { '1': 0, '2': 0 } },
  also: (seen) => expectCommitsToVerify(seen, ['grep -q good part-1.txt']),
};

const unheard: Scenario = {
  tag: 'unheard',
  plan: planOf('unheard', [fileStep('1')]),
  turns: [turnOf('1', 'step', ask('Which way?')), turnOf('1', 'answer', ...easy('1').blocks)],
  expected: { status: 'completed', commits: ['1', null] },
};

/** An answer that was given, told to an agent whose executor dies, and not lost. */
const answered: Scenario = {
  tag: 'answered-once',
  plan: planOf('answered-once', [fileStep('1')]),
  turns: [
    turnOf('1', 'step', ask('Which way?')),
    {
      match: { step: '1', kind: 'answer', attempt: 2, contains: 'To the left' },
      blocks: [{ text: 'lingering with the answer' }, { delayMs: 120_000 }],
    },
    { match: { step: '1', kind: 'answer', attempt: 3, contains: 'To the left' }, blocks: easy('1').blocks },
  ],
  people: [
    { answer: 'To the left' },
    {
      act: async (live) => {
        await saidOnce(live, 'lingering with the answer');
        await live.stack.executors.find(({ isAlive }) => isAlive())!.end('SIGKILL');
        await live.stack.startExecutor();
      },
    },
  ],
  expected: { status: 'completed', commits: ['1', null], attempts: { '1': ['blocked', 'lost', 'passed'] } },
};

/** Stopped for longer than its lease, the executor comes back to a run that it has lost, and takes it again. */
const frozen: Scenario = {
  tag: 'frozen',
  plan: planOf('frozen', [fileStep('1'), fileStep('2')]),
  turns: [
    easy('1'),
    turnOf('2', 'step', bash('echo half > half.txt'), { text: 'lingering on 2' }, linger),
    turnOf('2', 'resume', bash('grep half half.txt && rm half.txt'), ...easy('2').blocks),
  ],
  people: [
    {
      act: async (live) => {
        await saidOnce(live, 'lingering on 2');
        const { child } = live.stack.executors.find(({ isAlive }) => isAlive())!;
        child.kill('SIGSTOP');
        await waitFor(async () => (await live.run()).status === 'queued', { what: 'the lease to run out' });
        child.kill('SIGCONT');
      },
    },
  ],
  expected: { status: 'completed', commits: ['1', '2', null], attempts: { '1': ['passed'], '2': ['lost', 'passed'] } },
};

/** Approves a plan at an API that dies right after its commit. */
async function approveUnheard(stack: Stack): Promise<Live> {
  const repository = makeRepository(join(stack.root, 'repositories', unheard.tag), { 'readme.md': '# unheard\n' });
  const project = await stack.client.projects.create({ name: unheard.tag, repository });
  const plan = await stack.client.plans.submit({ projectId: project.id, document: unheard.plan });
  await stack.api.end('SIGKILL');
  const doomed = await stack.startApi({ LOCKSTEP_FAILPOINTS: 'api.after-commit=kill' });
  await expect(stack.client.plans.approve(plan.id)).rejects.toThrow();
  await waitFor(() => !doomed.isAlive(), { what: 'the API to be killed' });
  await stack.startApi();
  const run = await stack.database.prisma.run.findFirstOrThrow({ where: { planId: plan.id } });
  return liveOf(stack, repository, run.id);
}

/** What happens on a stack happens one after the other, since every scenario takes executors away; the stacks stand side by side. */
const stacks = new Map<string, { stack: Stack; last: Promise<unknown> }>();

function alone(backplane: string, work: (stack: Stack) => Promise<unknown>): Promise<unknown> {
  const place = stacks.get(backplane);
  if (!place) throw new Error(`the stack on ${backplane} did not start`);
  const next = place.last.then(() => work(place.stack));
  place.last = next.catch(() => undefined);
  return next;
}

beforeAll(async () => {
  const starting = backplanes.map(async ([name, options]) => {
    const stack = await startStack({
      ...options,
      executors: 0,
      script: scriptOf([killed, unheard, answered, frozen]),
      env: { LOCKSTEP_LEASE_MS: '2500', LOCKSTEP_HEARTBEAT_MS: '400' },
    });
    stacks.set(name, { stack, last: Promise.resolve() });
  });
  await Promise.all(starting);
}, 120_000);

afterAll(async () => {
  const all = [...stacks.values()].map(({ stack }) => stack);
  try {
    for (const stack of all) await expectRest(stack);
  } finally {
    await Promise.all(all.map((stack) => stack.stop()));
  }
}, 120_000);

const names = backplanes.map(([name]) => name);
const patienceMs = 400_000;

describe('crashes', () => {
  it.concurrent.each(names)(
    'in every window of a commit leave one commit a step, on %s',
    async (name) => {
      await alone(name, (stack) => runScenario(stack, killed));
    },
    patienceMs,
  );

  it.concurrent.each(names)(
    'of an executor that has told an answer lose none, on %s',
    async (name) => {
      await alone(name, (stack) => runScenario(stack, answered));
    },
    patienceMs,
  );

  it.concurrent.each(names)(
    'of a process that only stood still change nothing, on %s',
    async (name) => {
      await alone(name, (stack) => runScenario(stack, frozen));
    },
    patienceMs,
  );

  it.concurrent.each(names)(
    'of the API between its commit and the queue delay the run and no more, on %s',
    async (name) => {
      await alone(name, async (stack) => {
        const live = await approveUnheard(stack);
        await reach(live, 'blocked');
        const [question] = await live.openQuestions();
        await stack.client.runs.answer(live.runId, [{ questionId: question!.id, answer: 'This one' }]);
        await reach(live, 'completed');
        expect((await look(live)).commits.map(({ step }) => step)).toEqual(['1', null]);
      });
    },
    patienceMs,
  );
});
