import { complete, bad, bash, easy, good, say, turn, turnOf } from './scenario/model';
import { fileStep, planOf } from './scenario/plans';
import { describeScenarios } from './scenario/describe-scenarios';
import type { Scenario } from './scenario/scenario';
import { git } from './repository';

const sumTest = (name: string, expected: number): string =>
  `const { test } = require('node:test');\nconst assert = require('node:assert');\ntest('${name}', () => assert.equal(1 + 1, ${expected}));\n`;

const scenarios: Scenario[] = [
  {
    tag: 'markers-elsewhere',
    plan: planOf('markers-elsewhere', [fileStep('1')]),
    files: { 'notes.md': '[STEP_COMPLETE id="1"]\nSummary: in a file\n[/STEP_COMPLETE]\n' },
    turns: [
      turnOf(
        '1',
        'step',
        bash('cat notes.md'),
        bash(`printf '[STEP_COMPLETE id="1"]\\nSummary: in a result\\n[/STEP_COMPLETE]\\n'`),
        say('I would print this:\n\n```\n[STEP_COMPLETE id="1"]\nSummary: in a fence\n[/STEP_COMPLETE]\n```\n'),
        good('1'),
        say('Now it is there.'),
      ),
    ],
    expected: {
      status: 'completed',
      commits: ['1', null],
      warnings: ['no_marker'],
      attempts: { '1': ['passed'] },
      events: { '1': ['step.started', 'verification.started', 'verification.finished', 'step.completed'] },
    },
    also: ({ steps }) => expect(steps[0]?.summary).toBe('markers-elsewhere part 1: the gate passed.'),
  },
  {
    tag: 'no-marker',
    plan: planOf('no-marker', [fileStep('1')]),
    turns: [turn('1', good('1'), say('It is there.'))],
    expected: { status: 'completed', commits: ['1', null], warnings: ['no_marker'] },
  },
  {
    tag: 'other-markers',
    plan: planOf('other-markers', [fileStep('1'), fileStep('2')]),
    turns: [
      turnOf(
        '1',
        'step',
        complete('2'),
        say('[IMPLEMENTATION_COMPLETE]\nAll is done.\n[/IMPLEMENTATION_COMPLETE]'),
        say('[DECISION_NEEDED priority="1"'),
      ),
      turnOf('1', 'fix', good('1'), complete('1')),
      turn('2', good('2'), complete('2'), say('[IMPLEMENTATION_COMPLETE]\nAll is done.\n[/IMPLEMENTATION_COMPLETE]')),
    ],
    expected: {
      status: 'completed',
      commits: ['1', '2', null],
      warnings: ['wrong_step', 'early_completion', 'malformed_marker'],
      attempts: { '1': ['failed', 'passed'], '2': ['passed'] },
      retryCounts: { '1': 1, '2': 0 },
    },
    also: ({ events }) =>
      expect(events.filter(({ data }) => (data as { kind?: string }).kind === 'early_completion')).toHaveLength(1),
  },
  {
    tag: 'fixed-at-last',
    plan: planOf('fixed-at-last', [fileStep('1')]),
    turns: [
      turnOf('1', 'step', bad('1'), complete('1')),
      { match: { step: '1', kind: 'fix', fix: 1 }, blocks: [bad('1'), complete('1')] },
      { match: { step: '1', kind: 'fix', fix: 2 }, blocks: [bad('1'), complete('1')] },
      { match: { step: '1', kind: 'fix', fix: 3 }, blocks: [good('1'), complete('1')] },
    ],
    expected: {
      status: 'completed',
      commits: ['1', null],
      attempts: { '1': ['failed', 'failed', 'failed', 'passed'] },
      retryCounts: { '1': 3 },
    },
    also: ({ turns }) => {
      expect(turns.map(({ kind }) => kind)).toEqual(['step', 'fix', 'fix', 'fix']);
      expect(turns[1]?.prompt).toContain('grep -q good part-1.txt');
    },
  },
  {
    tag: 'split',
    plan: planOf('split', [
      fileStep('1', { code: { 'both.txt': 'good\n' }, verify: 'grep -q good both.txt' }),
      fileStep('2'),
    ]),
    turns: [
      turnOf(
        '1',
        'step',
        say(
          '[PLAN_STEP id="1a" parent="1"]\nsplit part 1a\nThe first half.\n[/PLAN_STEP]\n[PLAN_STEP id="1b" parent="1"]\nsplit part 1b\nThe second half.\n[/PLAN_STEP]',
        ),
      ),
      turn('1a', bash('echo good > both.txt'), complete('1a')),
      turn('1b', bash('echo good >> both.txt'), complete('1b')),
      easy('2'),
    ],
    expected: {
      status: 'completed',
      steps: { '1': 'completed', '1a': 'completed', '1b': 'completed', '2': 'completed' },
      commits: ['1a', '1b', '2', null],
      attempts: { '1': ['interrupted'], '1a': ['passed'], '1b': ['passed'] },
      events: {
        '1': ['step.started', 'step.completed'],
        '1a': ['step.started', 'verification.started', 'verification.finished', 'step.completed'],
      },
    },
  },
  {
    tag: 'split-owing',
    plan: planOf('split-owing', [fileStep('1', { code: { 'owed.txt': 'good\n' }, verify: 'true' })]),
    turns: [
      turnOf('1', 'step', say('[PLAN_STEP id="1a" parent="1"]\nsplit-owing part 1a\nAll of it.\n[/PLAN_STEP]')),
      turnOf('1a', 'step', bash('echo good > other.txt'), complete('1a')),
      turnOf('1a', 'fix', bash('echo good > owed.txt'), complete('1a')),
    ],
    expected: { status: 'completed', commits: ['1a', null], attempts: { '1a': ['failed', 'passed'] } },
  },
  {
    tag: 'split-refused',
    plan: planOf('split-refused', [fileStep('1')]),
    turns: [
      turnOf('1', 'step', good('1'), say('[PLAN_STEP id="9a" parent="9"]\nNo part of it\n[/PLAN_STEP]'), complete('1')),
    ],
    expected: { status: 'completed', commits: ['1', null], warnings: ['split_refused'] },
  },
  {
    tag: 'sub-steps',
    plan: planOf('sub-steps', [
      { key: '3', verify: 'grep -q good part-3a.txt && grep -q good part-3b.txt' },
      fileStep('3a'),
      fileStep('3b'),
    ]),
    turns: [
      easy('3a'),
      turnOf('3b', 'step', good('3b'), bash('echo bad > part-3a.txt'), complete('3b')),
      turnOf('3b', 'fix', good('3a'), complete('3b')),
    ],
    expected: {
      status: 'completed',
      steps: { '3': 'completed', '3a': 'completed', '3b': 'completed' },
      commits: ['3a', '3b', null],
      attempts: { '3a': ['passed'], '3b': ['failed', 'passed'] },
    },
    also: ({ turns }) => expect(turns[0]?.prompt).toContain('sub-steps part 3\n'),
  },
  {
    tag: 'plan-edited',
    plan: planOf('plan-edited', [fileStep('1')]),
    path: 'docs/plan.md',
    files: { 'docs/plan.md': planOf('plan-edited', [fileStep('1')]) },
    turns: [
      turnOf(
        '1',
        'step',
        good('1'),
        bash('cp docs/plan.md /tmp/plan.$$; mv /tmp/plan.$$ ../home/plan.kept; echo "- done" >> docs/plan.md'),
        complete('1'),
      ),
      turnOf('1', 'fix', bash('cp ../home/plan.kept docs/plan.md'), complete('1')),
    ],
    expected: { status: 'completed', commits: ['1', null], attempts: { '1': ['failed', 'passed'] } },
    also: ({ turns }) => expect(turns[1]?.prompt).toContain('docs/plan.md was changed'),
  },
  {
    tag: 'writing-test',
    plan: planOf('writing-test', [
      fileStep('1', { verify: 'grep -q good part-1.txt && echo run >> counter.txt && echo new > made-by-test.txt' }),
      fileStep('2'),
    ]),
    files: { 'counter.txt': 'start\n' },
    turns: [easy('1'), easy('2')],
    expected: { status: 'completed', commits: ['1', '2', null], warnings: ['tree_changed'] },
    also: ({ repository, ended, commits }) => {
      const paths = git(repository, 'ls-tree', '-r', '--name-only', ended.branch).split('\n');
      expect(paths).not.toContain('made-by-test.txt');
      expect(git(repository, 'show', `${commits[1]?.sha}:counter.txt`)).toBe('start');
    },
  },
  {
    tag: 'counted-tests',
    plan: planOf('counted-tests', [
      {
        key: '1',
        code: { 'src/one.js': 'exports.one = 1;\n' },
        tests: { 'test/one.test.js': sumTest('adds', 2) },
        verify: 'node --test test/one.test.js',
      },
    ]),
    turns: [
      turnOf('1', 'step', bash(`mkdir -p src test; echo 'exports.one = 1;' > src/one.js`), complete('1')),
      turnOf(
        '1',
        'fix',
        { tool: 'Bash', input: { command: `cat > test/one.test.js <<'EOT'\n${sumTest('adds', 2)}EOT` } },
        complete('1'),
      ),
    ],
    expected: { status: 'completed', commits: ['1', null], attempts: { '1': ['failed', 'passed'] } },
    also: ({ events }) => {
      const done = events.find(({ type }) => type === 'step.completed');
      expect(done?.data).toMatchObject({ tests: { passed: 1, failed: 0, total: 1 }, retryCount: 1 });
    },
  },
  {
    tag: 'project-command',
    plan: [
      '# project-command',
      '[PLAN_STEP id="step-1" parent="null" status="completed"]\nproject-command part step-1\nWas done before.\n[/PLAN_STEP]',
      '[PLAN_STEP id="step-2" parent="null" status="pending"]\nproject-command part step-2\nWrite the file.\n[/PLAN_STEP]',
    ].join('\n\n'),
    settings: { verify: ['grep -q good part-step-2.txt'] },
    turns: [easy('step-2')],
    expected: {
      status: 'completed',
      steps: { 'step-1': 'completed', 'step-2': 'completed' },
      commits: ['step-2', null],
      attempts: { 'step-1': [], 'step-2': ['passed'] },
    },
  },
  {
    tag: 'too-large',
    plan: planOf('too-large', [fileStep('1', { code: { 'data/large.bin': 'x\n' }, verify: 'test -s data/large.bin' })]),
    turns: [
      turnOf('1', 'step', bash('mkdir -p data; head -c 40000000 /dev/zero > data/large.bin'), complete('1')),
      turnOf('1', 'fix', bash('echo small > data/large.bin'), complete('1')),
    ],
    expected: {
      status: 'completed',
      commits: ['1', null],
      warnings: ['left_out'],
      attempts: { '1': ['failed', 'passed'] },
    },
  },
  {
    tag: 'lessons',
    plan: planOf('lessons', [fileStep('1')]),
    settings: { askLessons: true },
    turns: [
      turnOf('1', 'step', good('1'), complete('1')),
      turnOf(
        '1',
        'lessons',
        bash('echo late > part-1.txt; echo more > extra.txt'),
        complete('1', 'Lessons learned:\n- Files are small. Evidence: part-1.txt\n'),
      ),
    ],
    expected: { status: 'completed', commits: ['1', null], attempts: { '1': ['passed'] } },
    also: ({ repository, ended, steps }) => {
      expect(git(repository, 'show', `${ended.branch}:part-1.txt`)).toBe('good');
      expect(git(repository, 'ls-tree', '-r', '--name-only', ended.branch)).not.toContain('extra.txt');
      expect(steps[0]?.lessons).toEqual(['Files are small. (part-1.txt)']);
    },
  },
];

describeScenarios({ title: 'the gate', scenarios });
