import type { Run } from '@lockstep/contracts';
import { waitFor } from '@lockstep/testing';
import { expectRest } from './oracle';
import { backplanes } from './scenario/backplanes';
import { complete, easy, good, turnOf, type Block } from './scenario/model';
import { fileStep, planOf } from './scenario/plans';
import { begin, look, reach, scriptOf } from './scenario/run-scenario';
import type { Live, Scenario } from './scenario/scenario';
import { startStack, type Stack } from './stack';

const fault = (name: string, more: object = {}): Block => ({ fault: name, times: 1, ...more });
const single = (tag: string, turns: Scenario['turns']): Scenario => ({
  tag,
  plan: planOf(tag, [fileStep('1')]),
  turns,
  expected: { status: 'completed' },
});
const resumed = turnOf('1', 'resume', good('1'), complete('1'));

const pauseSeconds = 3;
const throttled = single('throttled', [
  turnOf('1', 'step', fault('429', { retryAfter: pauseSeconds })),
  turnOf('1', 'resume', good('1'), complete('1')),
]);
const others = [single('second', [easy('1')]), single('third', [easy('1')])];
/** Two refusals without a time: the second pause is longer. */
const overloaded = single('overloaded', [
  turnOf('1', 'step', fault('529')),
  turnOf('1', 'resume', fault('529')),
  resumed,
]);
const scenarios = [throttled, ...others, overloaded];

const backplane = backplanes.at(-1)![1];
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ executors: 2, concurrency: 2, script: scriptOf(scenarios), ...backplane });
}, 120_000);
afterAll(() => stack.stop(), 120_000);

const waiting = (live: Live): Promise<Run> =>
  waitFor(
    async () => {
      const run = await live.run();
      return run.status === 'queued' && run.waitReason === 'credential' ? run : undefined;
    },
    { what: 'the run to wait for the credential', timeoutMs: 30_000, everyMs: 20 },
  );
const asked = async (from: number): Promise<number[]> =>
  (await stack.model.requests())
    .filter(({ message }) => message !== undefined)
    .map(({ at }) => Date.parse(at))
    .filter((at) => at > from);
const attemptsOf = async (live: Live) => (await look(live)).steps.map(({ attempts }) => attempts);

it('one refusal pauses the credential for every run and executor; one run tries it, and then all go on', async () => {
  const first = await begin(stack, throttled);
  const paused = await waiting(first);
  const [second, third] = [await begin(stack, others[0]!), await begin(stack, others[1]!)];
  const lives = [first, second, third];
  const told = await Promise.all([second, third].map(waiting));
  for (const run of [paused, ...told]) expect(run.reason).toContain('requests come too fast');
  expect(new Set([paused, ...told].map(({ resumeAt }) => resumeAt)).size).toBe(1);
  expect((await look(second)).events.some(({ type }) => type === 'lease.taken')).toBe(false);
  for (const live of lives) await reach(live, 'completed');

  const refusal = (await asked(0))[0]!;
  const later = await asked(refusal);
  expect(later[0]! - refusal).toBeGreaterThanOrEqual(pauseSeconds * 1_000 - 20);
  const outcomes = (await Promise.all(lives.map(attemptsOf))).map(([attempts]) =>
    attempts!.map(({ outcome, isFix }) => [outcome, isFix]),
  );
  expect(outcomes).toEqual([
    [
      ['rate_limited', false],
      ['passed', false],
    ],
    [['passed', false]],
    [['passed', false]],
  ]);
  // Whoever tried was answered before anybody else began.
  const starts = (await Promise.all(lives.map(async (live) => (await look(live)).events)))
    .map((events) => events.findLast(({ type }) => type === 'lease.taken')!)
    .map(({ time }) => Date.parse(time))
    .sort((a, b) => a - b);
  expect(starts[1]!).toBeGreaterThanOrEqual(later[0]!);
  expect(starts[2]! - later[0]!).toBeLessThan(8_000);
  const credential = await stack.database.prisma.credential.findFirstOrThrow();
  expect(credential).toMatchObject({ state: 'open', refusals: 0, host: new URL(stack.model.url).host });
}, 120_000);

it('a refusal that names no time is waited for, longer each time in a row', async () => {
  const live = await begin(stack, overloaded);
  await reach(live, 'completed');
  const { events, steps } = await look(live);
  expect(steps[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['rate_limited', 'rate_limited', 'passed']);
  expect(steps[0]?.retryCount).toBe(0);
  const at = (wanted: string) => events.filter(({ type }) => type === wanted).map(({ time }) => Date.parse(time));
  const pauses = at('lease.taken')
    .slice(1, 3)
    .map((taken, index) => taken - at('cost.updated')[index]!);
  expect(pauses[0]).toBeGreaterThanOrEqual(490);
  expect(pauses[1]).toBeGreaterThanOrEqual(990);
  expect(Math.max(...pauses)).toBeLessThan(8_000);
  await expectRest(stack);
}, 120_000);
