import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePlan, stepOrder } from './index';

/** Key, files and checks of every leaf, in order. */
const leaves = (name: string): string[] => {
  const plan = parsePlan(readFileSync(join(__dirname, '../fixtures', `${name}.md`), 'utf8'));
  return stepOrder(plan).map((step) => {
    const files = step.files.map((file) => `${file.action} ${file.path}`).join(', ');
    const checks = step.verification.map((each) => `${each.command}${each.before ? ' (before)' : ''}`).join(', ');
    return `${step.key} | ${files} | ${checks}`;
  });
};

const one = (body: string): ReturnType<typeof parsePlan>['steps'][number] | undefined =>
  parsePlan(`### Task 1: T\n\n${body}\n`).steps[0];

const checks = (body: string): string[] => one(body)?.verification.map((each) => each.command) ?? [];

describe('plans written loosely', () => {
  it('numbers sections within phases', () => {
    expect(leaves('phases-numbered')).toEqual([
      '1.1 | create src/models/widget.ts, write src/models/widget.test.ts | npx vitest run src/models',
      '1.2 | add src/store.ts | npx vitest run src/store',
      '2.1 | update src/api.ts, create src/api.test.ts | npm test -- api',
    ]);
  });

  it('puts tasks into chunks', () => {
    expect(leaves('superpowers-chunks')).toEqual([
      '1 | write tests/auth/token.test.ts, write src/auth/token.ts, update src/auth/index.ts | npm test -- tests/auth/token.test.ts (before), npm test -- tests/auth/token.test.ts',
      '2 | create src/auth/session.ts | npm test -- session',
      '3 | update docs/auth.md | grep -q token docs/auth.md',
    ]);
  });

  it('mixes worded and numbered headings in phases', () => {
    const plan = parsePlan(
      '# P\n\n## Phase 1: A\n\n#### Step 1.1: B\nRun `make b`.\n\n## Phase 2: C\n\n### 2.1 D\nRun `make d`.\n\n### 2.2 E\nRun `make e`.\n',
    );
    expect(plan.steps.map(({ key, parent }) => [key, parent])).toEqual([
      ['phase-1', null],
      ['1.1', 'phase-1'],
      ['phase-2', null],
      ['2.1', 'phase-2'],
      ['2.2', 'phase-2'],
    ]);
  });

  it('takes a heading right below an unclosed marker for its title', () => {
    const plan = parsePlan(
      '[PLAN_STEP id="1"]\n# One\nRun: `make a`\n\n[PLAN_STEP id="2"]\n## Two\nRun: `make b`\n\n## Notes\n\nRun: `make c`\n',
    );
    expect(plan.steps.map(({ title, verification }) => [title, verification.map(({ command }) => command)])).toEqual([
      ['One', ['make a']],
      ['Two', ['make b']],
    ]);
  });

  it('adds several files in one line', () => {
    const plan = parsePlan('# P\n\n## 1. A\n\nAdd `src/a.py` and `tests/test_a.py`.\n\n```python\nx = 1\n```\n');
    expect(plan.steps[0]?.files.map(({ path }) => path)).toEqual(['src/a.py', 'tests/test_a.py']);
  });

  it('labels in every way', () => {
    expect(leaves('loose-labels')).toEqual([
      '1 |  | make prepare',
      '2 |  | make verify',
      '3 |  | make check',
      '4 |  | make deep',
    ]);
  });

  it('numbers chapters', () => {
    expect(leaves('numbered-chapters')).toEqual(['1.1 |  | test -f package.json', '1.2 |  | npm run lint', '2 |  | ']);
  });
});

describe('checks', () => {
  it.each([
    ['**Verification**: `a b`', ['a b']],
    ['**Verification:**\n```\nmake x\n```', ['make x']],
    ['#### Verification\n\n~~~shell\n$ make x\nit says ok\n$ make \\\n  y\n~~~', ['make x\nmake \\\n  y']],
    ['Run: `make x`', ['make x']],
    ['**Run:** make x (expected: ok)', ['make x']],
    ['- **Verify**: `make x` and `make y`, which print `ok`', ['make x', 'make y']],
    ['**Verification**:\n```bash\n#!/usr/bin/env bash\nset -e\nmake x\n```', ['#!/usr/bin/env bash\nset -e\nmake x']],
    ['**Verification**:\n```python\nprint(1)\n```', []],
    ['**Verification**: look at it', []],
    ['Verify with:\n\n```\npytest tests/a.py -q\n```', ['pytest tests/a.py -q']],
    ['Then run the suite:\n```bash\nmake deep\n```', ['make deep']],
    ['- [ ] Add `a.py`\n- [ ] `pytest tests/a.py`', ['pytest tests/a.py']],
    ['- [ ] `mkdir -p a`\n- [ ] `npm install jest`', []],
    ['```bash\nnpx vitest run src\n```', ['npx vitest run src']],
    ['```bash\nnpm install --save-dev jest\n```', []],
    ['```\nsome drawing of a test\n```', []],
    ['**Manual verification**:\n```bash\nmake x\n```', []],
    ['Before you run the tests, clear `rm -rf data`, then run `npm test`.', ['npm test']],
    ['Run `npm run dev` and check the page.', []],
    ['Check that `git push --force` is refused, and run `docker compose down`.', []],
    ['Do not run `make deep` yet.', []],
    ['Verify that it builds without errors: run `make deep`', ['make deep']],
    ['```bash\nrm -rf data && npm test\n```', []],
    ['Then run the migration:\n```bash\nrails db:drop\nrails db:create\n```', []],
    [
      'Run `node --test test/server.test.js`, and `cargo test --release`.',
      ['node --test test/server.test.js', 'cargo test --release'],
    ],
    ['**Verification**: `rm -rf data && npm test`', ['rm -rf data && npm test']],
    ['**Commands**:\n```bash\nnpm run dev\n# Expected: it listens\n```', []],
    ['**Commands**:\n```bash\nmake x\n# Expected: it says x\n```', ['make x']],
  ])('%j', (body, expected) => {
    expect(checks(body)).toEqual(expected);
  });

  it('of the whole plan are of the same kind', () => {
    const done = '- `npm run dev` shows the page\n- `make x` passes\n- `rm -rf dist` changes nothing\n';
    const plan = parsePlan(`### Task 1: T\n\n**Verification**: \`make x\`\n\n## What "Done" Looks Like\n\n${done}`);
    expect(plan.doneLooksLike.map(({ command }) => command)).toEqual(['make x']);
  });

  it.each([
    ['FAIL with "x"', 'fail'],
    ['tests fail because nothing is there', 'fail'],
    ['exit code 1', 'fail'],
    ['non-zero', 'fail'],
    ['PASS', 'pass'],
    ['0 failures', 'pass'],
    ['no errors', 'pass'],
    ['error-free', 'pass'],
    ['exit code 0', 'pass'],
    ['exits with status: 3', 'fail'],
    ['errors: 0', 'pass'],
  ])('expecting %j is to %s', (clause, outcome) => {
    expect(one(`**Verification**:\n\`\`\`bash\nmake x\n# Expected: ${clause}\n\`\`\``)?.verification[0]).toMatchObject({
      expect: clause,
      outcome,
      before: false,
    });
  });
});

describe('blocks', () => {
  it.each([
    ['**Code** (create `src/a.ts`):\n```ts\n1\n```', 'create src/a.ts'],
    ['**Code** (add to `src/a.ts`):\n```ts\n1\n```', 'add src/a.ts'],
    ['**Code (update `src/a.ts`):**\n```ts\n1\n```', 'update src/a.ts'],
    ['Create `src/a.ts`:\n\n```ts\n1\n```', 'create src/a.ts'],
    ['**`src/a.ts`**\n```ts\n1\n```', 'write src/a.ts'],
    ['#### Update `src/a.ts`\n```ts\n1\n```', 'update src/a.ts'],
    ['```ts title="src/a.ts"\n1\n```', 'write src/a.ts'],
    ['```ts:src/a.ts\n1\n```', 'write src/a.ts'],
    ['```ts\n// src/a.ts\n1\n```', 'write src/a.ts'],
    ['File: `src/a.ts`\n\n```ts\n1\n```', 'write src/a.ts'],
    ['Remove from `src/a.ts`:\n```ts\n1\n```', 'update src/a.ts'],
    ['Call `foo.bar` like this:\n```ts\n1\n```', 'show null'],
    ['```bash\nmkdir a\n```', 'run null'],
    ['```bash\n# only words\n```', 'show null'],
  ])('%j', (body, expected) => {
    expect(one(body)?.code.map((block) => `${block.action} ${block.path}`)).toEqual([expected]);
  });
});
