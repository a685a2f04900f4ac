import type { criterionProofs } from '@lockstep/contracts';
import fc from 'fast-check';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { renderResults, renderStepResults } from './index';
import type { ResultsFacts, StepFacts, VerificationFacts } from './index';

const verification = (over: Partial<VerificationFacts> = {}): VerificationFacts => ({
  command: 'node --test test/harbour.test.js',
  verdict: 'passed',
  exitCode: 0,
  durationMs: 1234,
  tests: { passed: 4, failed: 0, skipped: 1, total: 5 },
  outputDigest: 'sha256:0a1b',
  failing: [],
  notes: [],
  ...over,
});

const step = (over: Partial<StepFacts> & Pick<StepFacts, 'key' | 'title' | 'status'>): StepFacts => ({
  ...{ round: 1, filesModified: [], verifications: [], attempts: [], issues: [], decisions: [], deviations: [] },
  ...{ questions: [], lessons: [], children: [] },
  ...over,
});

const red = verification({
  ...{ verdict: 'failed', exitCode: 1, tests: { passed: 3, failed: 1, skipped: 0, total: 4 } },
  ...{
    failing: ['berths > counts them'],
    notes: ['expected 4 passing tests, got 3'],
    outputTail: 'not ok 4 - berths\n',
  },
});

const proved = (by: (typeof criterionProofs)[number], command: string | null, names: string[] = []) => ({
  ...{ state: 'proved' as const, by, names },
  proofs: [{ command, digest: 'sha256:aa' }],
});

/** A run in the middle, with everything that a document can show. */
const full: ResultsFacts = {
  plan: {
    ...{ title: 'Harbour Ledger', version: 2, document: 'docs/harbour-ledger-plan.md', profile: 'feature' },
    ...{
      goal: 'Keep a ledger of berths.\n\n- arrivals\n- departures',
      proves: 'A ledger | can be kept',
      productionGradeBecause: 'Real files',
    },
  },
  run: {
    ...{ id: 'run-7', status: 'blocked', waitReason: 'question', branch: 'lockstep/harbour-ledger', base: '1111aaaa' },
    startedAt: '2031-05-04T08:00:00.000Z',
  },
  criteria: [
    { text: 'Arrivals are kept', evidence: proved('command', 'node --test') },
    {
      text: 'Reads well',
      evidence: { state: 'attested', by: 'ada', at: '2031-05-04T09:00:00.000Z', note: 'looked at it' },
    },
    { text: 'Survives a restart', evidence: { state: 'unproven', note: null } },
  ],
  prerequisites: [
    { title: 'Identify affected tests', why: 'To know what worked', state: 'passed', verifications: [verification()] },
    { title: 'A database', state: 'pending', verifications: [] },
  ],
  baseline: { verifications: [red], failing: ['berths > counts them'] },
  steps: [
    step({ key: '0', title: 'Set up', status: 'completed', beforeRun: true, goal: 'A folder.' }),
    step({
      ...{
        key: '1',
        title: 'The ledger + Tests',
        status: 'completed',
        goal: 'Write entries.',
        output: '4/4 tests passing',
      },
      ...{
        startedAt: '2031-05-04T08:01:00.000Z',
        completedAt: '2031-05-04T08:05:00.000Z',
        commit: '2222bbbb3333cccc4444',
      },
      summary: 'Writes entries to `ledger.json`.\nOne line each.',
      filesModified: ['src/ledger.js', 'test/harbour.test.js'],
      verifications: [
        verification({ expect: '4/4 tests passing' }),
        verification({ command: 'node lint.js', optional: true, tests: null }),
      ],
      attempts: [
        {
          number: 1,
          round: 1,
          fix: 0,
          outcome: 'failed',
          durationMs: 61_000,
          costUsd: 0.0123,
          costIsPartial: true,
          failing: ['writes'],
          reasons: ['exit 1'],
        },
        { number: 2, round: 1, fix: 1, outcome: 'passed', durationMs: null, costUsd: null, failing: [], reasons: [] },
      ],
      issues: ['The file was locked.'],
      decisions: ['One file per day.'],
      deviations: [{ text: 'A helper was added', paths: ['src/day.js'] }],
      questions: [
        {
          ...{ status: 'answered', category: 'blocker', text: 'Which zone?', options: ['UTC', 'local'] },
          ...{
            askedAt: '2031-05-04T08:02:00.000Z',
            answer: 'UTC',
            by: 'grace',
            answeredAt: '2031-05-04T08:03:00.000Z',
          },
        },
      ],
      lessons: [{ what: 'Write, then rename.', evidence: 'ledger.test.js' }],
    }),
    step({
      ...{ key: '2', title: 'Berths', status: 'in_progress', goal: 'Two parts.' },
      children: [
        step({
          key: '2a',
          title: 'Count',
          status: 'completed',
          round: 2,
          verifications: [verification()],
          approved: { by: 'ada' },
        }),
        step({
          ...{
            key: '2b',
            title: 'Assign',
            status: 'blocked',
            verifications: [red],
            startedAt: '2031-05-04T08:20:00.000Z',
          },
          questions: [{ status: 'open', category: 'blocker', text: 'It still fails. What now?', options: [] }],
        }),
      ],
    }),
    step({
      key: '3',
      title: 'Export',
      status: 'skipped',
      skipped: { by: 'grace', at: '2031-05-04T08:10:00.000Z', reason: 'not needed' },
    }),
    step({ key: 'step-4', title: 'Look at it', status: 'needs_review', summary: 'Done.' }),
    step({ key: '5', title: 'Validate', status: 'pending' }),
  ],
  finalValidation: null,
  checklist: [{ text: 'Errors are handled', evidence: { state: 'unproven', note: null } }],
  questions: [
    {
      status: 'open',
      category: 'decision',
      text: 'Keep the old format?',
      options: ['yes', 'no'],
      askedAt: '2031-05-04T08:04:00.000Z',
    },
  ],
  totals: {
    ...{ durationMs: 3_723_000, costUsd: 1.5, costIsPartial: true, attempts: 4, fixAttempts: 1 },
    tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 },
  },
};

/** A run that has just been queued: nothing is known yet. */
const fresh: ResultsFacts = {
  plan: { title: 'Empty', version: 1 },
  run: { id: 'run-1', status: 'queued', branch: 'lockstep/empty' },
  ...{
    criteria: [],
    prerequisites: [],
    baseline: null,
    steps: [],
    finalValidation: null,
    checklist: [],
    questions: [],
  },
  totals: { durationMs: null, costUsd: null, tokens: null, attempts: 0, fixAttempts: 0 },
};

const done: ResultsFacts = {
  ...full,
  run: { ...full.run, status: 'completed', waitReason: null, completedAt: '2031-05-04T10:00:00.000Z' },
  criteria: full.criteria.slice(0, 2),
  finalValidation: {
    state: 'passed',
    at: '2031-05-04T09:59:00.000Z',
    commit: '5555',
    verifications: [verification(), verification()],
  },
};

/** Deletes nothing and guesses nothing: remove a golden file and run the spec twice to write it anew. */
function expectGolden(name: string, text: string): void {
  const path = join(__dirname, 'fixtures', name);
  if (!existsSync(path)) {
    writeFileSync(path, text);
    throw new Error(`The golden file ${name} was missing and has been written. Read it, then run the spec again.`);
  }
  expect(text).toBe(readFileSync(path, 'utf8'));
}

interface Node {
  readonly type: string;
  readonly depth?: number;
  readonly value?: string;
  readonly children?: readonly Node[];
}
const parse = (markdown: string): Node => unified().use(remarkParse).use(remarkGfm).parse(markdown) as Node;
const walk = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(walk)];
const words = (node: Node): string =>
  walk(node)
    .map((child) => child.value ?? '')
    .join('');
const headings = (markdown: string) =>
  walk(parse(markdown))
    .filter((node) => node.type === 'heading')
    .map((node) => `${'#'.repeat(node.depth ?? 0)} ${words(node)}`);

describe('the document', () => {
  it.each([
    ['full', full],
    ['fresh', fresh],
    ['done', done],
  ])('%s is as its golden file', (name, facts) => {
    expectGolden(`${name}.md`, renderResults(facts));
  });

  it.each([
    [proved('whole', null), 'by the final validation as a whole, `sha256:aa`: nothing of it shows this item alone'],
    [proved('step', 'npm test', ['3']), 'proved by the verification of step `3`: `npm test`, output `sha256:aa`'],
    [proved('tests', 'npm test', ['a.test.js']), 'proved by the tests `a.test.js`: `npm test`, output `sha256:aa`'],
    [proved('suite', 'npm test'), 'proved by the tests of the final validation: `npm test`, output `sha256:aa`'],
  ])('says what proves an item, and no more: %#', (evidence, words) => {
    const text = renderResults({ ...full, criteria: [{ text: 'It holds', evidence }] });
    expect(text).toContain(`[x] It holds — ${words}`);
  });

  it('says on whose word a run was completed that its final validation refused', () => {
    const attested = { by: 'ada | lead', at: '2031-05-04T11:00:00.000Z' };
    const text = renderResults({ ...done, finalValidation: { ...done.finalValidation!, state: 'failed', attested } });
    expect(text).toContain('⚠️ Failed in a fresh checkout of commit `5555`');
    expect(text).toMatch(/\*\*Completed as it is\*\*, on the word of ada .*lead \(2031-05-04T11:00:00\.000Z\)/);
    expect(renderResults(done)).not.toContain('Completed as it is');
  });

  it('names what a step committed in earlier rounds, also where it was skipped in the end', () => {
    const skipped = step({ key: '3', title: 'Export', status: 'skipped', round: 2, earlierCommits: ['aaaa1111'] });
    expect(renderResults({ ...full, steps: [skipped] })).toContain(
      '**Commits of earlier rounds**, which stay in the branch: `aaaa1111`',
    );
  });

  it('has every section, with sub-steps under their parent', () => {
    const sections = [
      'Summary',
      'Goal',
      'Success Criteria',
      'Prerequisites & Baseline',
      'Implementation Progress',
      'Final Validation',
    ];
    const more = ['Production-Grade Checklist', 'Key Decisions', 'Open Decisions', 'Lessons Learned', 'Totals'];
    const wanted = [...sections, ...more].map((name) => `## ${name}`);
    expect(headings(renderResults(fresh))).toEqual(['# Empty Results', ...wanted]);
    expect(headings(renderResults(full)).filter((line) => line.startsWith('###'))).toEqual([
      '### Step 0: Set up ✅',
      '### Step 1: The ledger + Tests ✅',
      '### Step 2: Berths 🔄',
      '#### Step 2a: Count ✅',
      '#### Step 2b: Assign ⚠️',
      '### Step 3: Export ⚠️',
      '### step-4: Look at it ⚠️',
      '### Step 5: Validate ⏳',
    ]);
  });

  it('is the same for the same facts, whatever object carries them', () => {
    expect(renderResults(JSON.parse(JSON.stringify(full)) as ResultsFacts)).toBe(renderResults(full));
  });

  it('shows what is not known as unknown', () => {
    const text = renderResults(fresh);
    expect(text).toContain('| Cost | unknown |');
    expect(text).toContain('| Time | unknown |');
    expect(text).toContain('| Tokens | unknown |');
    expect(text).not.toMatch(/\$0|undefined|null|NaN/);
    expect(renderResults(full)).toContain('at least $1.50');
  });

  it('tells one step alone, and nothing for a key that is none', () => {
    expect(headings(renderStepResults(full, '2b') ?? '')).toEqual([
      '# Harbour Ledger Results: Step 2b',
      '## Step 2b: Assign ⚠️',
    ]);
    expect(renderStepResults(full, '9')).toBeNull();
  });
});

/** Replaces every free text of the facts; states, times and digests keep their form. */
function withText(facts: ResultsFacts, text: string): ResultsFacts {
  const kept = new Set(['status', 'state', 'verdict', 'outcome', 'waitReason', 'category', 'key']);
  const replace = (value: unknown, name = ''): unknown => {
    if (typeof value === 'string') return kept.has(name) ? value : text;
    if (Array.isArray(value)) return value.map((item) => replace(item, name));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item, key)]));
  };
  return replace(facts) as ResultsFacts;
}

/** The skeleton that no text may change: headings, tables by their size, and that there is no HTML, rule, quote or link. */
function skeleton(markdown: string) {
  const tree = parse(markdown);
  const nodes = walk(tree);
  const of = (type: string) => nodes.filter((node) => node.type === type);
  return {
    headings: of('heading').map((node) => node.depth),
    tables: of('table').map((node) => (node.children ?? []).map((row) => row.children?.length)),
    fences: of('code').length,
    quotes: of('blockquote').length,
    others: [
      'html',
      'thematicBreak',
      'definition',
      'footnoteDefinition',
      'image',
      'imageReference',
      'linkReference',
    ].flatMap(of).length,
    top: (tree.children ?? [])
      .filter((node) => node.type !== 'list' && node.type !== 'paragraph')
      .map((node) => node.type),
  };
}

describe('hostile text', () => {
  const plain = skeleton(renderResults(withText(done, 'words')));
  const breakers = [
    '# Heading',
    '\n# Heading\n',
    '\n===\n',
    '\n---\n',
    '|',
    '\n| a |\n| - |\n',
    '```',
    '\n```\n',
    '\n~~~\n',
    '````',
    '`',
    '``',
  ];
  const more = [
    '<!--',
    '-->',
    '<script>',
    '\n<div>\n',
    '[a]: b',
    '\n[a]: b\n',
    '[^1]: x',
    '![i](u)',
    '**',
    '__',
    '\\',
    '\r',
    '\r\n',
    '\n> q\n',
  ];
  const odd = [
    '\n- item\n',
    '\n1. one\n',
    '\n    code\n',
    '\n\tcode',
    '\0',
    '\u2028',
    '\u202e',
    '&lt;h1&gt;',
    '*',
    '_',
    '~~',
    '\n\n',
    '- [x] done',
    '$$',
    'x',
  ];

  it.each([...breakers, ...more, ...odd])('%j changes no structure', (text) => {
    expect(skeleton(renderResults(withText(done, `a${text}b`)))).toEqual(plain);
    expect(skeleton(renderResults(withText(done, `${text}b`)))).toEqual(plain);
  });

  it('changes no structure in any mixture', () => {
    const piece = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...breakers, ...more, ...odd) }, fc.string());
    const text = fc.array(piece, { maxLength: 12 }).map((parts) => `w${parts.join('')}`);
    fc.assert(
      fc.property(text, (hostile) => {
        expect(skeleton(renderResults(withText(done, hostile)))).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  it('changes no structure by a bar behind a backslash', () => {
    for (const hostile of ['w\\|', 'w`a\\|b`', '\\\\|x'])
      expect(skeleton(renderResults(withText(done, hostile)))).toEqual(plain);
  });

  it('stays fast', () => {
    const started = performance.now();
    for (const piece of ['`', '` ', '``` ', '_', '*', '|', ' ', '\n', '- ', '<', '_a']) {
      renderResults({ ...full, plan: { ...full.plan, goal: piece.repeat(20_000) } });
    }
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
