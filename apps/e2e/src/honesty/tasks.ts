import { dirname, join } from 'node:path';
import type { Task } from './rows';

/**
 * Jest of this very workspace: a repository of its own would need the network to install one. A plan cannot name it, since a path
 * below somebody's home is read as one in the author's own project.
 */
const jestBin = join(dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
const jestStarter = { 'jest.js': `require(${JSON.stringify(jestBin)});\n` };
export const jestCommand = 'node jest.js --ci --verbose --cacheDirectory .jest-cache';

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;

const nodeTests = (file: string, name: string, cases: Readonly<Record<string, string>>): string =>
  lines(
    `const { test } = require('node:test');`,
    `const assert = require('node:assert');`,
    `const { ${name} } = require('../src/${file}');`,
    ...Object.entries(cases).map(([title, check]) => `test('${title}', () => assert.equal(${check}));`),
  );

const packageOf = (test: string): string => `${JSON.stringify({ name: 'shop', scripts: { test } }, null, 2)}\n`;

export const mulSource = 'exports.mul = (a, b) => a * b;\n';
export const wrongMul = 'exports.mul = (a, b) => (b === 0 ? a : a * b);\n';
export const mulTests = nodeTests('mul', 'mul', { multiplies: 'mul(3, 4), 12', 'multiplies by zero': 'mul(3, 0), 0' });
export const sumTests = nodeTests('sum', 'sum', { adds: 'sum(1, 2), 3', 'adds zero': 'sum(3, 0), 3' });

const shop = {
  'package.json': packageOf('node --test'),
  '.gitignore': 'node_modules\n.venv\n.jest-cache\n*.local\n',
  'src/sum.js': 'exports.sum = (a, b) => a + b;\n',
  'test/sum.test.js': sumTests,
};

/** A new module with its tests, in a repository that is green. */
export const addition: Task = {
  files: shop,
  baseline: 'npm test',
  step: { code: { 'src/mul.js': mulSource }, tests: { 'test/mul.test.js': mulTests }, verify: 'npm test' },
};

/** A failing test that is there already, and the fault that makes it fail. Nothing was run before. */
export const mend: Task = {
  files: { ...shop, 'src/sum.js': 'exports.sum = (a, b) => (b === 0 ? b : a + b);\n' },
  step: { code: { 'src/sum.js': 'exports.sum = (a, b) => a + b;\n' }, verify: 'node --test' },
};

export const jestTask: Task = {
  files: {
    ...shop,
    ...jestStarter,
    'jest.config.json': '{"testEnvironment":"node"}\n',
    'test/sum.test.js': lines(
      `const { sum } = require('../src/sum');`,
      `test('adds', () => expect(sum(1, 2)).toBe(3));`,
      `test('adds zero', () => expect(sum(3, 0)).toBe(3));`,
    ),
  },
  baseline: jestCommand,
  step: {
    code: { 'src/mul.js': mulSource },
    tests: {
      'test/mul.test.js': `const { mul } = require('../src/mul');\ntest('multiplies', () => expect(mul(3, 4)).toBe(12));\n`,
    },
    verify: jestCommand,
  },
};

export const pytestTests = lines(
  'from cart import total',
  '',
  '',
  'def test_total():',
  '    assert total([1, 2]) == 3',
  '',
  '',
  'def test_empty():',
  '    assert total([]) == 0',
);

/** A fault, and the test that shows it. */
export const pytestMend: Task = {
  files: {
    'cart.py': 'def total(items):\n    return len(items)\n',
    'test_cart.py': pytestTests,
    '.gitignore': '.venv\n__pycache__\n.pytest_cache\n*.local\n',
  },
  step: {
    code: { 'cart.py': 'def total(items):\n    return sum(items)\n' },
    verify: 'if [ -x .venv/bin/pytest ]; then .venv/bin/pytest -q; else python3 -m pytest -q; fi',
  },
};

const goTests = lines(
  'package cart',
  'import "testing"',
  'func TestTotal(t *testing.T) { if Total(1, 2) != 3 { t.Error("wrong") } }',
  'func TestNone(t *testing.T) { if Total() != 0 { t.Error("wrong") } }',
);

export const goMend: Task = {
  files: {
    'go.mod': 'module example.test/cart\n\ngo 1.19\n',
    'cart.go': 'package cart\n\nfunc Total(items ...int) int { return len(items) }\n',
    'cart_test.go': goTests,
  },
  step: {
    code: {
      'cart.go':
        'package cart\n\nfunc Total(items ...int) int {\n\tsum := 0\n\tfor _, item := range items {\n\t\tsum += item\n\t}\n\treturn sum\n}\n',
    },
    verify: 'GOTOOLCHAIN=local go test ./...',
  },
};
