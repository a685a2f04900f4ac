import { git } from '../repository';
import { bash, complete, good, turn } from '../scenario/model';
import { fileStep, planOf } from '../scenario/plans';
import type { Scenario, Seen } from '../scenario/scenario';

const verify = 'test -e "$HOME/helper" && grep -q good part-1.txt';
const refusal = 'in a fresh checkout of the branch, does not pass';

const oneStep = (tag: string, more: string): Pick<Scenario, 'tag' | 'settings' | 'plan' | 'turns'> => ({
  tag,
  settings: { cleanRoom: 'run' },
  plan: planOf(tag, [fileStep('1', { verify })], more),
  turns: [turn('1', bash('touch ../home/helper'), good('1'), complete('1'))],
});

const criteria = '## Success Criteria\n\n- [ ] The word is there\n';

const saysWhoseWord = async ({ stack, runId, ended, repository }: Seen): Promise<void> => {
  const markdown = await stack.client.runs.results(runId);
  const message = git(repository, 'log', '-1', '--format=%B', ended.branch);
  expect(ended.reason).toMatch(/^completed as it is, on the word of \S+/);
  expect(markdown).toMatch(/⚠️ Failed in a fresh checkout/);
  expect(markdown).toMatch(/\*\*Completed as it is\*\*, on the word of \S+/);
  expect(markdown).toContain(verify);
  expect(message).toMatch(/^Lockstep-Attested: \S+/m);
};

/** What the clean room refuses is a person's to settle, and who settled it is told for good. */
export const attestedRows: readonly Scenario[] = [
  {
    ...oneStep('as-it-is', criteria),
    people: [{ answer: 'Complete as it is', on: refusal }],
    expected: { status: 'completed', steps: { '1': 'completed' }, commits: ['1', null] },
    also: saysWhoseWord,
  },
  {
    ...oneStep('tried-again', ''),
    people: [{ answer: 'Try again', on: refusal }],
    expected: {
      status: 'blocked',
      questions: [
        ['answered', refusal],
        ['open', refusal],
      ],
    },
  },
  {
    ...oneStep('any-other-words', ''),
    people: [{ answer: 'I do not know, complete it perhaps?', on: refusal }],
    expected: {
      status: 'blocked',
      questions: [
        ['answered', refusal],
        ['open', refusal],
      ],
    },
  },
];
