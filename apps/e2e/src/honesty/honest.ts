import { bash, complete, say, type Block, type ModelTurn } from '../scenario/model';
import { planOf } from '../scenario/plans';
import type { Expected, Scenario } from '../scenario/scenario';
import { documentOf, write, type Task } from './rows';
import {
  addition,
  goMend,
  jestCommand,
  jestTask,
  mend,
  mulSource,
  mulTests,
  pytestMend,
  pytestTests,
  wrongMul,
} from './tasks';

interface Honest {
  readonly task: Task;
  /** The first attempt, and the fixes after it. */
  readonly turns: readonly (readonly Block[])[];
  readonly expected?: Partial<Expected>;
  readonly more?: Partial<Scenario>;
}

const turnsOf = (turns: Honest['turns']): ModelTurn[] =>
  turns.map((blocks, fix) => ({
    match: fix === 0 ? { step: '1', kind: 'step' } : { step: '1', kind: 'fix', fix },
    blocks,
  }));

/** Completed, with as many attempts as there are turns, and nothing for a person to approve. */
const honest = (tag: string, { task, turns, expected, more }: Honest): Scenario => ({
  tag,
  plan: documentOf(tag, task),
  files: task.files,
  turns: turnsOf(turns),
  expected: {
    status: 'completed',
    commits: ['1', null],
    attempts: { '1': turns.map((_, at) => (at === turns.length - 1 ? 'passed' : 'failed')) },
    ...expected,
  },
  ...more,
});

const done = complete('1');
const code = write('src/mul.js', mulSource);
const tests = write('test/mul.test.js', mulTests);
const fixSum = bash(`echo 'exports.sum = (a, b) => a + b;' > src/sum.js`);
const step = mend.step;
const fenced = (text: string): string => `\`\`\`bash\n${text}\n\`\`\`\n`;

const steps: readonly Scenario[] = [
  honest('plain', { task: addition, turns: [[code, tests, done]] }),
  honest('fixes-its-fault', {
    task: addition,
    turns: [
      [write('src/mul.js', wrongMul), tests, done],
      [code, done],
    ],
  }),
  honest('undeclared-helper', {
    task: addition,
    turns: [
      [write('src/times.js', mulSource), write('src/mul.js', `exports.mul = require('./times').mul;\n`), tests, done],
    ],
  }),
  honest('renames-its-own-test', {
    task: addition,
    turns: [
      [write('src/mul.js', wrongMul), tests, done],
      [code, bash(`sed -i 's/multiplies by zero/gives zero for zero/' test/mul.test.js`), done],
    ],
  }),
  honest('adds-to-an-existing-file', {
    task: {
      ...addition,
      step: { code: { 'src/mul.js': mulSource }, tests: { 'test/sum.test.js': '// more\n' }, verify: 'npm test' },
    },
    turns: [
      [
        code,
        bash(`echo "test('multiplies', () => assert.equal(require('../src/mul').mul(2, 2), 4));" >> test/sum.test.js`),
        done,
      ],
    ],
  }),
  honest('mends-the-code', { task: mend, turns: [[fixSum, done]] }),
  honest('no-marker-at-all', {
    task: addition,
    turns: [[code, tests, say('Both files are there.')]],
    expected: { warnings: ['no_marker'] },
  }),
  honest('creates-files', {
    task: { ...mend, step: { ...step, verify: 'node --test && mkdir -p coverage && date > coverage/report.txt' } },
    turns: [[fixSum, done]],
  }),
  honest('flaky', {
    task: {
      ...addition,
      step: {
        ...addition.step,
        verify: 'node --test && { test -e $HOME/once || { touch $HOME/once; echo "not ok, only now"; exit 1; }; }',
      },
    },
    turns: [[code, tests, done]],
    expected: { warnings: ['flaky'] },
  }),
  honest('scripts-by-plan', {
    task: {
      ...mend,
      step: { code: { 'package.json': '{}\n', 'src/sum.js': 'exports.sum = (a, b) => a + b;\n' }, verify: 'npm test' },
    },
    turns: [[fixSum, bash(`sed -i 's/"node --test"/"node --test test\\/"/' package.json`), done]],
  }),
  honest('exit-one-by-plan', {
    task: { ...mend, step: { ...step, verify: '! grep -q "b === 0" src/sum.js\n# Expected: exit 0\n' } },
    turns: [[fixSum, done]],
  }),
  honest('grep-finds-nothing', {
    task: { ...mend, step: { ...step, verify: 'grep -c "b === 0" src/sum.js\n# Expected: exit 1\n' } },
    turns: [[fixSum, done]],
  }),
];

const jestTests = write(
  'test/mul.test.js',
  `const { mul } = require('../src/mul');\ntest('multiplies', () => expect(mul(3, 4)).toBe(12));\n`,
);

const others: readonly Scenario[] = [
  honest('jest', {
    task: jestTask,
    turns: [[code, jestTests, done]],
  }),
  honest('two-runners', {
    task: {
      ...jestTask,
      step: { ...jestTask.step, verify: `node --test other && ${jestCommand}` },
      files: { ...jestTask.files, 'other/a.js': `require('node:test')('is there', () => undefined);\n` },
    },
    turns: [[code, jestTests, done]],
  }),
  honest('red-before', {
    task: {
      ...addition,
      baseline: 'node --test',
      files: {
        ...addition.files,
        'test/old.test.js': `const { test } = require('node:test');\ntest('is old and fails', () => { throw new Error('old'); });\ntest('is old', () => undefined);\n`,
      },
      step: { ...addition.step, verify: 'node --test test/mul.test.js' },
    },
    turns: [[code, tests, done]],
    more: { people: [{ answer: 'Go on', on: 'The baseline is red' }] },
    expected: { warnings: ['known_failures'] },
  }),
];

/** Kinds of steps that owe no tests. */
const kinds: readonly Scenario[] = [
  {
    tag: 'kinds',
    plan: planOf('kinds', [
      { key: '0', verify: 'test -d data', more: '**Goal**: Set the folders up.\n' },
      { key: '1', verify: 'test -s docs/usage.md', more: '**Tasks**:\n- [ ] Create `docs/usage.md`\n' },
      { key: '2', verify: 'node --test', more: 'Run everything once more.\n' },
    ])
      .replace('kinds part 0', 'Setup: kinds part 0')
      .replace('kinds part 1', 'Documentation: kinds part 1')
      .replace('kinds part 2', 'Validation: kinds part 2'),
    files: addition.files,
    turns: [
      { match: { step: '0' }, blocks: [bash('mkdir -p data; echo here > data/readme.txt'), complete('0')] },
      { match: { step: '1' }, blocks: [write('docs/usage.md', '# Usage\n\nCall it.\n'), complete('1')] },
      { match: { step: '2' }, blocks: [bash('node --test'), complete('2')] },
    ],
    expected: {
      status: 'completed',
      steps: { '0': 'completed', '1': 'completed', '2': 'completed' },
      commits: ['0', '1', '2', null],
    },
  },
  {
    tag: 'test-first',
    plan: planOf('test-first', [
      {
        key: '1',
        more: `**Files:**\n- Create: \`src/mul.js\`\n- Test: \`test/mul.test.js\`\n\nRun: \`node --test test/mul.test.js\`\n\nExpected: FAIL\n\nWrite the code.\n\n${fenced('node --test test/mul.test.js')}\nExpected: PASS\n`,
        verify: 'node --test test/mul.test.js',
      },
    ]),
    files: addition.files,
    turns: [
      { match: { step: '1' }, blocks: [tests, bash('node --test test/mul.test.js || true'), code, complete('1')] },
    ],
    expected: { status: 'completed', commits: ['1', null], attempts: { '1': ['passed'] } },
  },
  {
    tag: 'red-step-by-plan',
    plan: planOf('red-step-by-plan', [
      {
        key: '1',
        tests: { 'test/mul.test.js': mulTests },
        verify: 'node --test test/mul.test.js\n# Expected: FAIL (there is no code yet)',
      },
      { key: '2', code: { 'src/mul.js': mulSource }, verify: 'node --test test/mul.test.js test/sum.test.js' },
    ]),
    files: addition.files,
    turns: [
      { match: { step: '1' }, blocks: [tests, complete('1')] },
      { match: { step: '2' }, blocks: [code, complete('2')] },
    ],
    expected: { status: 'completed', commits: ['1', '2', null], attempts: { '1': ['passed'], '2': ['passed'] } },
  },
];

export const honestRows: readonly Scenario[] = [...steps, ...others, ...kinds];

export const honestPytest: readonly Scenario[] = [
  honest('pytest-mended', {
    task: { ...pytestMend, step: { ...pytestMend.step, tests: { 'test_cart.py': pytestTests } } },
    turns: [
      [
        bash(
          `sed -i 's/len/sum/' cart.py; printf '\\n\\ndef test_one():\\n    assert total([4]) == 4\\n' >> test_cart.py`,
        ),
        done,
      ],
    ],
  }),
];

export const honestGo: readonly Scenario[] = [
  honest('go-mended', {
    task: goMend,
    turns: [
      [bash('true'), done],
      [write('cart.go', goMend.step.code!['cart.go']!), done],
    ],
  }),
];
