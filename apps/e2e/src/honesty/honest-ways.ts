import { bash, complete, type Block } from '../scenario/model';
import { planOf, type PlannedStep } from '../scenario/plans';
import type { Scenario } from '../scenario/scenario';
import { write } from './rows';
import { addition, mulSource, mulTests, sumTests } from './tasks';

interface Way extends Omit<PlannedStep, 'key'> {
  readonly does: readonly Block[];
}

const fenced = (text: string): string => `\`\`\`bash\n${text}\n\`\`\`\n`;
const ground = `## Prerequisites\n\n### 0.1 Green before\n\n**Baseline**:\n${fenced('node --test')}`;
const files = (...lines: readonly string[]): string => `**Files:**\n${lines.map((line) => `- ${line}\n`).join('')}`;

/** Steps of one run, each of which an honest agent goes about in its own way. */
const ways: Readonly<Record<string, Way>> = {
  'a test file is renamed, as it is': {
    more: files('Delete: `test/sum.test.js`', 'Create: `test/unit/sum.test.js`'),
    does: [
      bash(
        `mkdir -p test/unit && sed "s,'../src,'../../src," test/sum.test.js > test/unit/sum.test.js && rm test/sum.test.js`,
      ),
    ],
  },
  'an obsolete test goes, by the plan': {
    more: files('Delete: `test/old.test.js`'),
    does: [bash('git rm -q test/old.test.js')],
  },
  'the agent commits by itself, and says it twice': {
    code: { 'src/mul.js': mulSource },
    tests: { 'test/mul.test.js': mulTests },
    does: [
      write('src/mul.js', mulSource),
      write('test/mul.test.js', mulTests),
      bash('git add -A && git -c user.name=a -c user.email=a@b commit -qm "3: done"'),
      complete('3'),
    ],
  },
  'a file with Windows line ends is changed': {
    more: files('Modify: `src/crlf.js`'),
    does: [bash(`sed -i 's/one/two/' src/crlf.js`)],
  },
  'work in a sub-package': {
    code: { 'packages/a/index.js': 'exports.a = 1;\n' },
    tests: { 'packages/a/test/a.test.js': '// a\n' },
    verify: 'cd packages/a && npm test',
    does: [
      bash(
        `(cd packages/a && mkdir test && echo 'exports.a = 1;' > index.js && echo "const { test } = require('node:test');\ntest('is one', () => require('node:assert').equal(require('..').a, 1));" > test/a.test.js && npm test)`,
      ),
    ],
  },
  'a script comes to the manifest, by the plan': {
    more: files('Modify: `package.json`'),
    does: [bash(`sed -i 's/"scripts": {/"scripts": {\\n    "start": "node src\\/mul.js",/' package.json`)],
  },
};

const keyOf = (index: number): string => String(index + 1);
const entries = Object.values(ways);

const inTheirWays: Scenario = {
  tag: 'honest-ways',
  plan: planOf(
    'honest-ways',
    entries.map(({ does: _, ...step }, index) => ({ verify: 'node --test', ...step, key: keyOf(index) })),
    ground,
  ),
  files: {
    ...addition.files,
    'test/old.test.js': sumTests.replace(/adds/g, 'did add'),
    'src/crlf.js': 'exports.crlf = "one";\r\n',
    'packages/a/package.json': '{"name":"a","main":"index.js","scripts":{"test":"node --test"}}\n',
  },
  turns: entries.map(({ does }, index) => ({
    match: { step: keyOf(index) },
    blocks: [...does, complete(keyOf(index))],
  })),
  expected: {
    status: 'completed',
    commits: [...entries.map((_, index) => keyOf(index)), null],
    attempts: Object.fromEntries(entries.map((_, index) => [keyOf(index), ['passed']])),
  },
};

const dep = {
  'dep/package.json': '{"name":"dep","version":"1.0.0","main":"index.js"}\n',
  'dep/index.js': 'exports.mul = (a, b) => a * b;\n',
};
const install = 'npm install --offline --no-audit --no-fund';

/** What the agent installs is installed by the project's set-up, too, once the manifest says so. */
const installs: Scenario = {
  tag: 'installs-a-dependency',
  plan: planOf('installs-a-dependency', [
    { key: '1', code: { 'src/mul.js': mulSource }, tests: { 'test/mul.test.js': mulTests }, verify: 'npm test' },
  ]),
  files: { ...addition.files, ...dep },
  settings: { setup: [install] },
  turns: [
    {
      match: { step: '1' },
      blocks: [
        bash(`${install} ./dep`),
        write('src/mul.js', `exports.mul = require('dep').mul;\n`),
        write('test/mul.test.js', mulTests),
        bash('npm test'),
        complete('1'),
      ],
    },
  ],
  expected: {
    status: 'completed',
    commits: ['1', null],
    attempts: { '1': ['passed'] },
    warnings: ['beside_the_tree', 'deviation'],
  },
};

/** Told what only its workspace has, the agent commits it. */
const commitsWhatItNeeds: Scenario = {
  tag: 'commits-what-it-needs',
  plan: planOf('commits-what-it-needs', [
    { key: '1', code: { 'src/mul.js': mulSource }, tests: { 'test/mul.test.js': mulTests }, verify: 'npm test' },
  ]),
  files: addition.files,
  turns: [
    {
      match: { step: '1', kind: 'step' },
      blocks: [
        write('src/mul.local', mulSource),
        write(
          'src/mul.js',
          `require.extensions['.local'] = require.extensions['.js'];\nmodule.exports = require('./mul.local');\n`,
        ),
        write('test/mul.test.js', mulTests),
        complete('1'),
      ],
    },
    {
      match: { step: '1', kind: 'fix', contains: 'src/mul.local' },
      blocks: [write('src/mul.js', mulSource), bash('rm src/mul.local'), complete('1')],
    },
  ],
  expected: { status: 'completed', commits: ['1', null], attempts: { '1': ['failed', 'passed'] } },
};

export const honestWays: readonly Scenario[] = [inTheirWays, installs, commitsWhatItNeeds];
