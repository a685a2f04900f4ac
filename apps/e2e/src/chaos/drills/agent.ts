import { waitFor } from '@lockstep/testing';
import { always, bash, complete, easy, good, linger, say, turnOf, type Block } from '../../scenario/model';
import { fileStep, planOf } from '../../scenario/plans';
import type { Drill, Scene } from '../drill';
import { all, begin, type Submitted } from '../runs';
import { workersIn } from '../../oracle';

/** What the agent does is ended for good, and asked about: it would likely do it again. */
const askedAbout = ['forks-endlessly'];

/** The verification itself forks without end, as long as the agent has left it a reason to. */
const bombed = 'bombed-check';
const endless = 'while :; do (setsid sleep 600 >/dev/null 2>&1 &); done';

/** What the agent, or the model behind it, does in the first turn; the next one is good. */
const misdeeds: Readonly<Record<string, readonly Block[]>> = {
  hangs: [linger],
  floods: [bash('head -c 60000000 /dev/zero | tr "\\0" x'), good('1'), complete('1')],
  'ignores-sigterm': [bash(`trap '' TERM; (trap '' TERM; sleep 600) & sleep 0.2`), good('1'), complete('1')],
  daemonises: [bash('setsid sleep 600 >/dev/null 2>&1 & disown'), good('1'), complete('1')],
  forks: [bash('for i in $(seq 300); do (setsid sleep 600 >/dev/null 2>&1 &) ; done'), good('1'), complete('1')],
  'forks-endlessly': [bash(endless), good('1'), complete('1')],
  [bombed]: [bash('touch bomb'), good('1'), complete('1')],
  'rate-limited': [{ fault: '429', times: 1, retryAfter: 1 }, good('1'), complete('1')],
  overloaded: [{ fault: '529', times: 1 }, good('1'), complete('1')],
  'fails-500': [{ fault: '500', times: 1 }, good('1'), complete('1')],
  garbage: [{ fault: 'garbage', times: 1 }, good('1'), complete('1')],
  'cut-off': [say('I begin.'), { fault: 'cut_stream', times: 1 }, good('1'), complete('1')],
  silence: [{ fault: 'silence', times: 1 }, good('1'), complete('1')],
};

const documentOf = (tag: string): string =>
  planOf(tag, [
    tag === bombed
      ? fileStep('1', { verify: `if test -e bomb; then ${endless}; fi\ngrep -q good part-1.txt` })
      : fileStep('1'),
  ]);

async function misbehave(scene: Scene): Promise<void> {
  const names = Object.keys(misdeeds);
  const ids: string[] = [];
  for (const name of names) ids.push(await begin(scene, { tag: name, document: documentOf } satisfies Submitted));
  await answer(scene, askedAbout.length);
  await all(scene, ids, 'completed', 240_000);
  const left = scene.stack.workspaceRoots.flatMap((root) => workersIn(root));
  if (left.length > 0) throw new Error(`${left.length} processes of agents are left`);
  const outcomes = await scene.stack.database.prisma.attempt.groupBy({ by: ['outcome'], _count: true });
  if (!outcomes.some(({ outcome }) => outcome === 'failed')) throw new Error('The check that forks without end passed');
  for (const { outcome, _count } of outcomes) scene.note(`attempts ${outcome}`, Number(_count));
}

async function answer({ stack }: Scene, count: number): Promise<void> {
  const open = await waitFor(
    async () => {
      const questions = await stack.client.questions.list({ state: 'open' });
      return questions.length >= count && questions;
    },
    { what: `${count} runs to ask`, timeoutMs: 120_000, everyMs: 200 },
  );
  for (const { id, runId, text } of open) {
    if (!/process limit/.test(text)) throw new Error(`The agent’s forks were asked about as: ${text}`);
    await stack.client.runs.answer(runId, [{ questionId: id, answer: 'Try again' }]);
  }
}

const script = {
  turns: Object.entries(misdeeds).flatMap(([tag, blocks]) => {
    const match = { contains: `${tag} part`, step: '1' };
    return [
      { ...turnOf('1', 'step', ...blocks), match: { ...match, kind: 'step' } },
      { ...always('1', bash('rm -f bomb'), ...easy('1').blocks), match },
    ];
  }),
};

export const agentDrills: readonly Drill[] = [
  {
    name: 'agent',
    about:
      'the agent hangs, floods, ignores SIGTERM, daemonises, forks without end, and so does a verification; the provider answers 429, 529, 500, garbage, nothing',
    on: ['postgres'],
    stack: {
      executors: 1,
      concurrency: 3,
      script,
      env: { LOCKSTEP_IDLE_LIMIT_MS: '6000', LOCKSTEP_TURN_LIMIT_MS: '30000', LOCKSTEP_PROCESS_LIMIT: '600' },
    },
    play: misbehave,
  },
];
