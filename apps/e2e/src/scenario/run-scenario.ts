import { join } from 'node:path';
import type { EventEnvelope, Run } from '@lockstep/contracts';
import { waitFor } from '@lockstep/testing';
import { commitsOf, makeRepository } from '../repository';
import type { Stack } from '../stack';
import { expectAsTold } from './expect-told';
import type { ModelTurn } from './model';
import { act } from './people';
import type { Live, Scenario, Seen } from './scenario';

const patienceMs = 90_000;

/** The turns of several scenarios as one script: each answers only the prompts in which its scenario's tag stands. */
export const scriptOf = (scenarios: readonly Scenario[]): { turns: ModelTurn[] } => ({
  turns: scenarios.flatMap(({ tag, turns }) =>
    turns.map((turn) => ({ ...turn, match: { contains: `${tag} part`, ...turn.match } })),
  ),
});

/** Submits the plan, approves it, lets people do their part, and compares what came of it with what was expected. */
export async function runScenario(stack: Stack, scenario: Scenario): Promise<Seen> {
  const live = await begin(stack, scenario);
  try {
    for (const action of scenario.people ?? []) await act(live, action);
    await reach(live, scenario.expected.status);
    const seen = await look(live);
    expectAsTold(seen, scenario.expected);
    await scenario.also?.(seen);
    return seen;
  } catch (error) {
    throw await withStory(live, error);
  }
}

/** From a repository to an approved plan, whose run has been started with it. */
export async function begin(stack: Stack, scenario: Scenario): Promise<Live> {
  const repository = makeRepository(join(stack.root, 'repositories', scenario.tag), {
    'readme.md': `# ${scenario.tag}\n`,
    ...scenario.files,
  });
  const project = await stack.client.projects.create({
    name: scenario.tag,
    repository,
    settings: scenario.settings ?? {},
  });
  const plan = await stack.client.plans.submit({
    projectId: project.id,
    document: scenario.plan,
    ...(scenario.path === undefined ? {} : { path: scenario.path }),
  });
  const { runId } = await stack.client.plans.approve(plan.id);
  return liveOf(stack, repository, runId);
}

export function liveOf(stack: Stack, repository: string, runId: string): Live {
  const { client } = stack;
  return {
    stack,
    runId,
    repository,
    run: () => client.runs.get(runId),
    openQuestions: () => client.questions.list({ state: 'open', runId }),
    output: async () => (await client.runs.output(runId, { limit: 500 })).data.map(({ text }) => text).join(''),
  };
}

const moving: readonly Run['status'][] = ['queued', 'running'];

/** Waits until the run is as expected; a run that rests otherwise ends the wait. */
export async function reach(live: Live, status: Run['status']): Promise<Run> {
  const run = await waitFor(
    async () => {
      const now = await live.run();
      return now.status === status || !moving.includes(now.status) ? now : undefined;
    },
    { what: `the run to be ${status}`, timeoutMs: patienceMs, everyMs: 50 },
  );
  if (run.status !== status) throw new Error(`The run was to be ${status} and is ${run.status}: ${run.reason}`);
  return run;
}

export async function look(live: Live): Promise<Seen> {
  const { stack, runId, repository } = live;
  const [ended, steps, events, questions, turns] = await Promise.all([
    live.run(),
    stack.client.runs.steps(runId),
    allEvents(live),
    stack.client.questions.list({ runId }),
    stack.client.runs.conversation(runId),
  ]);
  const commits = ended.status === 'completed' ? commitsOf(repository, ended.branch) : [];
  return { ...live, ended, steps, events, questions, turns, commits };
}

async function allEvents({ stack, runId }: Live): Promise<EventEnvelope[]> {
  const events: EventEnvelope[] = [];
  for (;;) {
    const { data } = await stack.client.runs.events(runId, { after: events.at(-1)?.seq ?? 0, limit: 1000 });
    events.push(...data);
    if (data.length < 1000) return events;
  }
}

/** A failure with everything that tells why. */
async function withStory(live: Live, error: unknown): Promise<Error> {
  const seen = await look(live).catch(() => undefined);
  const story = seen && [
    `run ${seen.ended.status}: ${seen.ended.reason}`,
    ...seen.questions.map(({ status, text }) => `question ${status}: ${text}`),
    ...seen.events.map(({ seq, type, data }) => `${seq} ${type} ${JSON.stringify(data).slice(0, 300)}`),
    ...seen.turns.map(
      ({ kind, stepKey, outcome, reply }) => `turn ${kind} ${stepKey} ${outcome}: ${reply.slice(0, 200)}`,
    ),
  ];
  const logs = live.stack.executors.map((executor) =>
    executor
      .log()
      .split('\n')
      .filter((line) => line.includes(live.runId) || /"level":(40|50|60)/.test(line))
      .slice(-30)
      .join('\n'),
  );
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Error([message, ...(story ?? []), ...logs].join('\n'));
}
