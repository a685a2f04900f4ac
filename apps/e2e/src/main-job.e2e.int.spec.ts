import { join } from 'node:path';
import { waitFor } from '@lockstep/testing';
import { commitsOf, makeRepository } from './repository';
import { startStack, type Stack } from './stack';

const files = {
  'package.json': JSON.stringify({ name: 'sums', version: '1.0.0', scripts: { test: 'node --test' } }),
  'src/sum.js': 'exports.sum = (a, b) => a + b;\n',
  'test/sum.test.js':
    "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { sum } = require('../src/sum');\ntest('sums', () => assert.equal(sum(1, 2), 3));\n",
};

const plan = `# Products Plan

## Overview

| Attribute | Value |
|-----------|-------|
| **Name** | Products |
| **Proves** | That two steps make two commits |

## Implementation Steps

### Step 1: Product

**Goal**: Multiply.

**Code** (create \`src/product.js\`):
\`\`\`js
exports.product = (a, b) => a * b;
\`\`\`

**Tests** (create \`test/product.test.js\`):
\`\`\`js
const { test } = require('node:test');
const assert = require('node:assert');
const { product } = require('../src/product');
test('multiplies', () => assert.equal(product(2, 3), 6));
\`\`\`

**Verification**:
\`\`\`bash
node --test test/product.test.js
# Expected: All pass
\`\`\`

### Step 2: Square

**Goal**: Square.

**Code** (create \`src/square.js\`):
\`\`\`js
const { product } = require('./product');
exports.square = (a) => product(a, a);
\`\`\`

**Tests** (create \`test/square.test.js\`):
\`\`\`js
const { test } = require('node:test');
const assert = require('node:assert');
const { square } = require('../src/square');
test('squares', () => assert.equal(square(3), 9));
\`\`\`

**Verification**:
\`\`\`bash
node --test test/square.test.js
\`\`\`
`;

let stack: Stack;
beforeAll(async () => void (stack = await startStack({ executors: 1 })), 120_000);
afterAll(() => stack?.stop(), 60_000);

const call = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(stack.url + path, {
    method,
    headers: { authorization: `Bearer ${stack.token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
};

it('carries a plan out', async () => {
  const repository = makeRepository(join(stack.root, 'repository'), files);
  const project = await call('POST', '/v1/projects', { name: 'sums', repository });
  const submitted = await call('POST', '/v1/plans', { projectId: project.body.id, document: plan });
  const approved = await call('POST', `/v1/plans/${submitted.body.id}/approve`);
  const { runId } = approved.body;
  const run = await waitFor(
    async () => {
      const { body } = await call('GET', `/v1/runs/${runId}`);
      return ['completed', 'failed', 'blocked', 'paused', 'cancelled'].includes(body.status) ? body : undefined;
    },
    { what: 'the run to end', timeoutMs: 90_000 },
  ).catch((error) => {
    throw new Error(`${error}\n${stack.executors.map((e) => e.log()).join('\n')}\n${stack.api.log()}`);
  });
  if (run.status !== 'completed') {
    const questions = await call('GET', `/v1/questions?runId=${runId}`);
    throw new Error(JSON.stringify([run, questions.body], null, 2) + stack.executors.map((e) => e.log()).join('\n'));
  }
  const commits = commitsOf(repository, run.branch);
  expect(commits.map(({ step }) => step)).toEqual(['1', '2', null]);
}, 120_000);
