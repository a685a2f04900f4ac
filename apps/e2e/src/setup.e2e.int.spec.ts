import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from './repository';
import { ask, bash, complete, easy, good, turn, turnOf } from './scenario/model';
import { installCommand, installed, installing, withDependency } from './scenario/dependency';
import { fileStep, planOf } from './scenario/plans';
import { describeScenarios } from './scenario/describe-scenarios';
import type { Scenario } from './scenario/scenario';

const prerequisites = (blocks: string): string => `## Prerequisites\n\n${blocks}`;
const fenced = (text: string): string => `\`\`\`bash\n${text}\n\`\`\`\n`;

const failingTest = (name: string, extra = ''): string =>
  `const { test } = require('node:test');\nconst assert = require('node:assert');\ntest('${name}', () => assert.equal(1, 2));\ntest('fine', () => undefined);\n${extra}`;

const outside = mkdtempSync(join(tmpdir(), 'lockstep-e2e-setup-'));
const tried = join(outside, 'tried');

const scenarios: Scenario[] = [
  {
    tag: 'red-baseline',
    plan: planOf(
      'red-baseline',
      [fileStep('1')],
      prerequisites(`### 0.1 Green before\n\n**Baseline**:\n${fenced('node --test test/old.test.js')}`),
    ),
    files: { 'test/old.test.js': failingTest('is old and fails') },
    turns: [
      turnOf(
        '1',
        'step',
        bash(`cat >> test/old.test.js <<'EOT'\ntest('new and fails', () => assert.equal(1, 3));\nEOT`),
        good('1'),
        complete('1'),
      ),
      turnOf('1', 'fix', bash(`sed -i '/new and fails/d' test/old.test.js`), complete('1')),
    ],
    people: [{ answer: 'Go on', on: 'The baseline is red' }],
    expected: {
      status: 'completed',
      commits: ['1', null],
      attempts: { '1': ['failed', 'passed'] },
      questions: [['answered', 'The baseline is red']],
      warnings: ['known_failures'],
    },
  },
  {
    tag: 'silent-baseline',
    plan: planOf(
      'silent-baseline',
      [fileStep('1')],
      prerequisites(`### 0.1 Green before\n\n**Baseline**:\n${fenced('test -e never.txt')}`),
    ),
    turns: [easy('1')],
    people: [{ answer: 'Go on', on: 'The baseline is red' }],
    expected: { status: 'completed', commits: ['1', null] },
  },
  {
    tag: 'setup-fails',
    plan: planOf('setup-fails', [fileStep('1')]),
    settings: { setup: [`test -e ${tried} || { touch ${tried}; exit 1; }`] },
    turns: [easy('1')],
    people: [{ answer: 'Try again', on: 'set-up command does not pass' }],
    expected: { status: 'completed', commits: ['1', null] },
  },
  {
    tag: 'npm-ci',
    plan: planOf('npm-ci', [fileStep('1', { verify: 'node check.js && grep -q good part-1.txt' }), fileStep('2')]),
    files: { ...withDependency, 'check.js': "if (require('dep').answer !== 42) process.exit(1);\n" },
    settings: { setup: [installCommand] },
    turns: [turn('1', bash('node check.js'), good('1'), complete('1')), easy('2')],
    expected: { status: 'completed', commits: ['1', '2', null] },
    also: ({ repository, ended }) =>
      expect(git(repository, 'ls-tree', '-r', '--name-only', ended.branch)).not.toContain('node_modules'),
  },
  {
    tag: 'installing-step',
    plan: planOf('installing-step', [
      { key: '0', verify: installed, more: installing },
      fileStep('1', { verify: `${installed} && grep -q good part-1.txt` }),
    ]),
    files: withDependency,
    turns: [turn('0', bash(installCommand), complete('0')), easy('1')],
    expected: { status: 'completed', commits: ['0', '1', null], warnings: ['beside_the_tree'] },
  },
  {
    tag: 'installing-agent',
    plan: planOf('installing-agent', [fileStep('1', { verify: `${installed} && grep -q good part-1.txt` })]),
    files: withDependency,
    turns: [turn('1', bash(installCommand), good('1'), complete('1'))],
    expected: { status: 'completed', commits: ['1', null], attempts: { '1': ['passed'] } },
  },
  {
    tag: 'prerequisites-once',
    plan: planOf(
      'prerequisites-once',
      [fileStep('1')],
      prerequisites(`### 0.1 Tools\n\n${fenced('echo once >> $HOME/../once.txt')}\n`),
    ),
    turns: [
      turn('1', bash('test "$(cat ../once.txt)" = once'), ask('Sure?')),
      turnOf('1', 'answer', bash('test "$(cat ../once.txt)" = once && echo good > part-1.txt'), complete('1')),
    ],
    people: [{ answer: 'Yes' }],
    expected: { status: 'completed', commits: ['1', null] },
  },
  {
    tag: 'not-from-commits',
    plan: planOf('not-from-commits', [
      fileStep('1', { verify: 'test -e "$HOME/secret-helper" && grep -q good part-1.txt' }),
    ]),
    settings: { cleanRoom: 'run' },
    turns: [turn('1', bash('touch ../home/secret-helper'), good('1'), complete('1'))],
    expected: {
      status: 'blocked',
      steps: { '1': 'completed' },
      questions: [['open', 'in a fresh checkout of the branch, does not pass']],
    },
  },
];

describeScenarios({ title: 'the ground', scenarios, tidy: () => rmSync(outside, { recursive: true, force: true }) });
