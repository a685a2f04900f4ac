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

const items = `## Success Criteria

- [ ] The word is there
- [ ] Step 1 passes
- [ ] \`node check.js\` passes
`;

const withItems = (tag: string, exitStatus: number): Pick<Scenario, 'tag' | 'plan' | 'files' | 'turns'> => ({
  tag,
  plan: planOf(tag, [fileStep('1')], items),
  files: { 'check.js': `process.exit(${exitStatus});\n` },
  turns: [turn('1', good('1'), complete('1'))],
});

const saysItemByItem = async ({ stack, runId, ended, repository }: Seen): Promise<void> => {
  const { by } = (await stack.client.runs.questions(runId)).map(({ answeredBy }) => ({ by: answeredBy ?? '' }))[0]!;
  expect(await stack.client.runs.criteria(runId)).toMatchObject([
    { list: 'criteria', number: 1, text: 'The word is there', evidence: { state: 'attested', by } },
    { evidence: { state: 'proved', by: 'step', names: ['1'], proofs: [{ command: 'grep -q good part-1.txt' }] } },
    { evidence: { state: 'proved', by: 'command', proofs: [{ command: 'node check.js' }] } },
  ]);
  const markdown = await stack.client.runs.results(runId);
  expect(markdown).toContain(`[x] The word is there — attested by ${by}`);
  expect(markdown).toMatch(/node check\.js\S* passes — proved by `node check\.js`, output `sha256:[0-9a-f]{64}`/);
  expect(git(repository, 'log', '-1', '--format=%B', ended.branch)).toMatch(
    /passes\. Of its success criteria and checklist, one item holds[^]*^Lockstep-Attested: \S+\nLockstep-Attested-Items: 1$/m,
  );
  expect(ended.reason).toMatch(
    /^completed; items of the success criteria and the checklist that hold on the word of \S+: 1$/,
  );
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
    ...withItems('items-asked', 0),
    settings: { criteria: 'ask' },
    people: [
      { answer: 'Not yet: look at the colour', on: '1. The word is there\n\nLook at the branch' },
      { answer: 'all of them hold.', on: '> Not yet: look at the colour' },
    ],
    expected: {
      status: 'completed',
      commits: ['1', null],
      questions: [
        ['answered', 'one item stayed open'],
        ['answered', 'one item stayed open'],
      ],
    },
    also: saysItemByItem,
  },
  {
    ...withItems('item-refused', 1),
    expected: {
      status: 'blocked',
      steps: { '1': 'completed' },
      questions: [['open', 'shows this of the success criteria and the checklist: "node check.js passes".']],
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
