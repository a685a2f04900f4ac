import { isProblem } from '@lockstep/client';
import { waitFor } from '@lockstep/testing';
import { ask, complete, good, say, turnOf } from '../../scenario/model';
import { fileStep, planOf } from '../../scenario/plans';
import type { Drill, Scene } from '../drill';
import { all, begin, filesPlan, projectOf } from '../runs';

const atOnce = 10;

/** One answer counts; the others are told so, and change nothing. */
async function answerAtOnce(scene: Scene): Promise<void> {
  const { stack } = scene;
  const id = await begin(scene, { document: (tag) => planOf(tag, [fileStep('1')]) });
  await all(scene, [id], 'blocked');
  const [question] = await stack.client.questions.list({ state: 'open', runId: id });
  const said = await Promise.allSettled(
    Array.from({ length: atOnce }, (_, index) =>
      stack.client.runs.answer(id, [{ questionId: question!.id, answer: `answer ${index}` }]),
    ),
  );
  const refused = said.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  if (refused.length !== atOnce - 1 || !refused.every(({ reason }) => isProblem(reason, 'already_answered')))
    throw new Error(
      `${atOnce - refused.length} of ${atOnce} answers were taken: ${refused.map(({ reason }) => String(reason)).join('; ')}`,
    );
  await all(scene, [id], 'completed');
  const answered = await stack.database.prisma.event.count({ where: { streamId: id, type: 'question.answered' } });
  if (answered !== 1) throw new Error(`${answered} answers stand in the history`);
}

/** A proxy repeats requests, at once and later. */
async function repeatRequests(scene: Scene): Promise<void> {
  const { stack } = scene;
  const projectId = await projectOf(scene);
  const { client } = stack;
  // While the first one is under way the others are told to ask again.
  const patiently = <T>(call: () => Promise<T>) => waitFor(call, { what: 'an answer', timeoutMs: 20_000 });
  const submit = () =>
    patiently(() =>
      client.plans.submit({ projectId, document: filesPlan('repeated', 1) }, { idempotencyKey: 'submit-once' }),
    );
  const plans = await Promise.all(Array.from({ length: atOnce }, submit));
  const ids = new Set([...plans, await submit()].map(({ id }) => id));
  if (ids.size !== 1) throw new Error(`The same submission made ${ids.size} plans`);
  const [planId = ''] = ids;
  const approve = () => patiently(() => client.plans.approve(planId, { idempotencyKey: 'approve-once' }));
  const approvals = await Promise.all(Array.from({ length: atOnce }, approve));
  if (new Set(approvals.map(({ runId }) => runId)).size !== 1) throw new Error('The same approval made several runs');
  const others = await Promise.allSettled(Array.from({ length: atOnce }, () => client.plans.approve(planId)));
  if (others.some(({ status }) => status === 'fulfilled')) throw new Error('A plan was approved twice');
  if ((await stack.database.prisma.run.count({ where: { planId } })) !== 1)
    throw new Error('The plan has more than one run');
}

export const peopleDrills: readonly Drill[] = [
  {
    name: 'people-at-once',
    about: 'ten answers to one question at once, ten times the same Idempotency-Key',
    on: ['postgres'],
    short: true,
    stack: {
      executors: 1,
      concurrency: 2,
      script: {
        turns: [
          {
            ...turnOf('1', 'step', ask('Which one?', ['A', 'B'])),
            match: { step: '1', kind: 'step', contains: 'drill' },
          },
          { ...turnOf('1', 'answer', good('1'), complete('1')), match: { step: '1', kind: 'answer' } },
          {
            match: { contains: 'repeated' },
            blocks: [
              { tool: 'Bash', input: { command: 'mkdir -p repeated; echo good > repeated/part-1.txt' } },
              say('Done.'),
            ],
            repeat: true,
          },
        ],
      },
    },
    play: async (scene) => {
      await answerAtOnce(scene);
      await repeatRequests(scene);
      const runs = await scene.stack.database.prisma.run.findMany({ select: { id: true } });
      await all(
        scene,
        runs.map(({ id }) => id),
        'completed',
      );
    },
  },
];
