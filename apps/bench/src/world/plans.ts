import { loadLine, type Load } from '../agent/load';

interface PlanStepText {
  readonly title: string;
  readonly body: string;
  readonly verification: string;
}

const documentOf = (title: string, steps: readonly PlanStepText[]): string =>
  [
    `# ${title} Plan`,
    '',
    '## Overview',
    '',
    '| Attribute | Value |',
    '|-----------|-------|',
    `| **Name** | ${title} |`,
    '',
    '## Implementation Steps',
    '',
    ...steps.flatMap(({ title: name, body, verification }, index) => [
      `### Step ${index + 1}: ${name}`,
      '',
      '**Goal**: One small thing.',
      '',
      body,
      '',
      '**Verification**:',
      '```bash',
      verification,
      '```',
      '',
    ]),
  ].join('\n');

/** Steps for the scripted agent: each does its load and is checked with a command that does nothing. */
export const loadPlan = (title: string, loads: readonly Load[]): string =>
  documentOf(
    title,
    loads.map((load, index) => ({
      title: `Load ${index + 1}`,
      body: loadLine(load),
      verification: load.file === '' ? 'true' : `test -f ${load.file}`,
    })),
  );

const code = (index: number): string => `exports.value${index} = () => ${index};`;
const test = (index: number): string =>
  [
    "const { test } = require('node:test');",
    "const assert = require('node:assert');",
    `test('value ${index}', () => assert.equal(require('../src/value${index}').value${index}(), ${index}));`,
  ].join('\n');

/** The text of a step that writes a module and its test: follow mode carries it out as it stands. */
export const stepText = (index: number): string =>
  [
    `**Code** (create \`src/value${index}.js\`):`,
    '```js',
    code(index),
    '```',
    '',
    `**Tests** (create \`test/value${index}.test.js\`):`,
    '```js',
    test(index),
    '```',
  ].join('\n');

export const stepCheck = (index: number): string => `node --test test/value${index}.test.js`;

/** Steps whose code stands in the plan, each verified by its own test. */
export const codePlan = (title: string, steps: number): string =>
  documentOf(
    title,
    Array.from({ length: steps }, (_, at) => ({
      title: `Value ${at + 1}`,
      body: stepText(at + 1),
      verification: stepCheck(at + 1),
    })),
  );
