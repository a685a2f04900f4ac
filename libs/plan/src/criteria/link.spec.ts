import fc from 'fast-check';
import { explain, parsePlan } from '../index';
import { linkCriterion, linkText } from './link';
import { stepCommands } from './prove';

const steps = `## Implementation Steps

### Step 1: The ledger

**Code** (create \`src/ledger.js\`):
\`\`\`js
exports.total = () => 0;
\`\`\`

**Tests** (create \`test/ledger.test.js\`):
\`\`\`js
test('counts berths twice', () => {});
\`\`\`

**Verification**:
\`\`\`bash
node --test test/ledger.test.js
\`\`\`

### Step 2: The harbour

**Verification**:
\`\`\`bash
frobnicate --all
\`\`\`

### Step 3: The end

**Verification**:
\`\`\`bash
test -f done.txt
\`\`\`
`;

const planWith = (items: string, profile = 'feature', title = 'Success Criteria') =>
  parsePlan(`# Harbour Plan\n\n## ${title}\n\n${items}\n\n${steps}`, { profile });

function linkOf(item: string) {
  const plan = planWith(`- [ ] ${item}`);
  expect(plan.criteria).toHaveLength(1);
  return linkCriterion(plan.criteria[0]!, plan);
}

const commands = (item: string): string[] => {
  const link = linkOf(item);
  return link.kind === 'command' ? link.commands.map(({ command }) => command) : [link.kind];
};

describe('an item that names a command', () => {
  it.each([
    ['`npm test` passes', ['npm test']],
    ['Lint is clean: `npm run lint` reports no errors', ['npm run lint']],
    ['`cargo build --release` succeeds', ['cargo build --release']],
    ['`npm run build` completes without errors and `npm test` passes', ['npm run build', 'npm test']],
    ['`npm test`', ['npm test']],
    ['Verify: `npm run check -- --all`', ['npm run check -- --all']],
    ['**Verify:** `./odd-tool go`', ['./odd-tool go']],
    ['Totals are right\n  - Verify: `node check.js totals`', ['node check.js totals']],
    ['Totals are right\n  Run: `node check.js totals`', ['node check.js totals']],
    ['Totals are right\n  ```bash\n  node check.js totals\n  # Expected: 3\n  ```', ['node check.js totals']],
    ['Everything is counted (`frobnicate --all`)', ['frobnicate --all']],
  ])('is shown by it: %s', (item, wanted) => expect(commands(item)).toEqual(wanted));

  it.each([
    ['`npm test` shows a table when the database is reachable', 'none'],
    ['`npm test` does not pass for a broken ledger', 'none'],
    ['`npm run dev` works', 'none'],
    ['`npm start` succeeds', 'none'],
    ['`git reset --hard` works', 'none'],
    ['The page is shown\n  ```bash\n  npm run dev\n  ```', 'none'],
    ['It is told by\n  ```\n  total 3\n  ```', 'none'],
    ['`npm run db:drop && npm test` passes', 'none'],
    ['`vitest watch` works', 'none'],
    ['`curl localhost:3000/health` returns 0', 'none'],
    ['`git push` is clean', 'none'],
    ['A person can read it with `cat ledger.txt`', 'none'],
    ['Verified by: go over it with Ada', 'none'],
    ['Evidence: `notes/review.pdf`', 'none'],
    ['Check: make sure that it reads well', 'none'],
  ])('is not, where it claims something else: %s', (item, kind) => expect(commands(item)).toEqual([kind]));

  it('keeps what is expected of it', () => {
    const link = linkOf('Totals are right\n  - Verify: `node check.js` Expected: exit 2');
    expect(link).toMatchObject({ commands: [{ command: 'node check.js', expect: 'exit 2', outcome: 'fail' }] });
  });
});

describe('an item that names something else', () => {
  it.each([
    ['Step 1 passes', { kind: 'step', steps: ['1'] }],
    ['Totals are kept (Step 3)', { kind: 'step', steps: ['3'] }],
    ['Steps 1-2 pass', { kind: 'step', steps: ['1', '2'] }],
    ['Covered by steps 1, 2 and 3', { kind: 'step', steps: ['1', '2', '3'] }],
    ['`test/ledger.test.js` covers an empty harbour', { kind: 'tests', names: ['test/ledger.test.js'] }],
    ['`counts berths twice` is there', { kind: 'tests', names: ['counts berths twice'] }],
    ['`TestLedger` covers overflow', { kind: 'tests', names: ['TestLedger'] }],
    ['Entries are written by `src/ledger.js`', { kind: 'file', files: [{ path: 'src/ledger.js', steps: ['1'] }] }],
    ['`ledger.js` holds them', { kind: 'file', files: [{ path: 'src/ledger.js', steps: ['1'] }] }],
    ['All 167 existing tests pass after each step', { kind: 'suite' }],
    ['The full suite is green', { kind: 'suite' }],
    ['All existing tests pass (no regressions)', { kind: 'suite' }],
    ['**Tests exist**: pytest covers the critical paths', { kind: 'none' }],
    ['The wizard shows step 1 first', { kind: 'none' }],
    ['Step 9 passes', { kind: 'none' }],
    ['Survives a restart', { kind: 'none' }],
  ])('%s', (item, link) => expect(linkOf(item)).toEqual(link));

  it('may name a marked step by its key', () => {
    const document = `# P\n\n## Success Criteria\n\n- step-2 holds\n- steps 1 and 2 pass\n\n[PLAN_STEP id="step-1" parent="null"]\nOne\nVerification: \`npm test\`\n[/PLAN_STEP]\n[PLAN_STEP id="step-2" parent="null"]\nTwo\nVerification: \`npm test\`\n[/PLAN_STEP]\n`;
    const plan = parsePlan(document);
    const links = plan.criteria.map((item) => linkCriterion(item, plan));
    expect(links).toEqual([
      { kind: 'step', steps: ['step-2'] },
      { kind: 'step', steps: ['step-1', 'step-2'] },
    ]);
  });
});

describe('what the author reads beforehand', () => {
  const items = '- [ ] Survives a restart\n- [ ] Step 1 passes';
  const codes = (plan: ReturnType<typeof parsePlan>) =>
    plan.problems.filter(({ code }) => code === 'criterion_unprovable').map(({ line }) => line);

  it('is a warning for each item that a person will be asked about, and none where nobody is', () => {
    expect(codes(planWith(items, 'staged'))).toEqual([5]);
    expect(codes(planWith(items, 'staged', 'Production-Grade Checklist'))).toEqual([5]);
    expect(codes(planWith(items, 'feature'))).toEqual([]);
    const document = `# P\n\n## Success Criteria\n\n- It holds\n\n${steps}`;
    expect(codes(parsePlan(document, { criteria: 'ask' }))).toEqual([5]);
    expect(codes(parsePlan(document, { criteria: 'validated', profile: 'staged' }))).toEqual([]);
  });

  it('is what proves each item', () => {
    const shown = explain(planWith(items));
    expect(shown).toContain('Survives a restart: names nothing that proves it by itself');
    expect(shown).toContain('Step 1 passes: proved by the verification of step 1');
  });
});

describe('any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '`npm test`',
      ' passes',
      'step 1',
      'steps 1-',
      '(',
      '`',
      ' and ',
      '\n  ',
      'Verify: ',
      '::',
      '/',
      'all tests pass',
    ),
    fc.string(),
  );
  const item = fc.array(piece, { maxLength: 10 }).map((parts) => parts.join(''));

  it('is linked to what the plan has and to nothing else, in words for a person', () => {
    const plan = planWith('- [ ] It holds');
    const keys = new Set(plan.steps.map(({ key }) => key));
    fc.assert(
      fc.property(item, (text) => {
        const read = planWith(`- [ ] ${text}`);
        for (const each of read.criteria) {
          const link = linkCriterion(each, plan);
          expect(linkText(link)).not.toBe('');
          if (link.kind === 'step') expect(link.steps.every((key) => keys.has(key))).toBe(true);
          if (link.kind === 'command') expect(link.commands.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is read in time that its length allows', () => {
    const plan = planWith('- [ ] It holds');
    const started = performance.now();
    for (const part of ['`', '` ', 'step 1, ', 'step ', '(', 'all tests ', 'a/', '`npm test` ', ' ', 'steps 1 and '])
      linkCriterion(planWith(`- [ ] ${part.repeat(5_000)}`).criteria[0] ?? { text: part, done: false, line: 1 }, plan);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('is linked in time that the plan allows, however much there is to name', () => {
    const keys = Array.from({ length: 2000 }, (_, at) => String(at + 1));
    const words = keys.map((key) => `a test of number ${key}`);
    const small = planWith('- [ ] It holds');
    const { tests, files, ...first } = small.steps[0]!;
    const steps = keys.map((key) => ({
      ...first,
      key,
      tests: tests.map((test) => ({ ...test, content: `it('a test of number ${key}');` })),
      files: files.map((file) => ({ ...file, path: `src/${key}/a.js` })),
    }));
    const plan = { ...small, steps };
    const started = performance.now();
    for (const key of keys.slice(0, 100)) {
      const own = { done: false, line: 1 };
      linkCriterion({ ...own, text: `${'steps 1-1999, '.repeat(100)}pass`, names: [] }, plan);
      linkCriterion({ ...own, text: 'It holds', names: words }, plan);
      linkCriterion({ ...own, text: 'It holds', names: [`src/${key}/b.js`, `x/${key}`] }, plan);
    }
    expect(linkCriterion({ text: 'It holds', names: ['1999/a.js'], done: false, line: 1 }, plan)).toMatchObject({
      files: [{ path: 'src/1999/a.js', steps: ['1999'] }],
    });
    expect(stepCommands(keys, plan)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
