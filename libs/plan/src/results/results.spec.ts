import fc from 'fast-check';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { renderResults, renderStepResults } from './index';
import { done, fresh, full, proved, step } from './example-facts';
import type { ResultsFacts } from './index';

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
