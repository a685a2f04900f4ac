import { readStep, type StepBlock } from './blocks';

const only = (section: string): StepBlock[] => [...readStep(section).blocks];

describe('readStep', () => {
  it('takes code and test blocks with the path and action of their label, and leaves the verification', () => {
    const blocks = only(
      [
        '### Step 1: Sum',
        '**Goal**: `sum()` works',
        '**Code** (create `src/sum.js`):',
        '```js\nmodule.exports = (a, b) => a + b;\n```',
        '**Tests** (add to `tests/sum.test.js`):',
        '```js\ntest();\n```',
        '**Verification**:',
        '```bash\nnode --test\n# Expected: pass\n```',
        '**Output**: one test',
      ].join('\n\n'),
    );
    expect(blocks).toEqual([
      {
        do: 'write',
        role: 'code',
        action: 'create',
        path: 'src/sum.js',
        text: 'module.exports = (a, b) => a + b;\n',
        group: expect.any(Number) as number,
      },
      {
        do: 'write',
        role: 'tests',
        action: 'append',
        path: 'tests/sum.test.js',
        text: 'test();\n',
        group: expect.any(Number) as number,
      },
    ]);
  });

  it('runs a shell block under a code label without a path', () => {
    expect(only('**Code**:\n```bash\nmkdir -p src\n```')).toMatchObject([{ do: 'run', text: 'mkdir -p src\n' }]);
  });

  it.each([
    ['**Code** (update `src/a.py` - add method and import):', 'update', 'src/a.py'],
    ['**Code** (create `/home/someone/project/src/a.py`):', 'create', '/home/someone/project/src/a.py'],
    ['**Code** (append to `README.md`):', 'append', 'README.md'],
    ['Create: `src/a.ts`', 'create', 'src/a.ts'],
    ['- Modify: `src/a.ts:10-20`', 'update', 'src/a.ts'],
    ['**Implementation** — new file `pkg/__init__.py`', 'create', 'pkg/__init__.py'],
  ])('reads the label %s', (label, action, path) => {
    expect(only(`${label}\n\n\`\`\`\nx\n\`\`\``)).toMatchObject([{ action, path, text: 'x\n' }]);
  });

  it("gives superpowers' steps the paths of its file list, and runs neither its test nor its commit commands", () => {
    const blocks = only(
      [
        '**Files:**\n- Create: `src/a.py`\n- Test: `tests/test_a.py`',
        '- [ ] **Step 1: Write the failing test**\n```python\nassert f()\n```',
        '- [ ] **Step 2: Run test to verify it fails**\n```bash\npytest\n```',
        '- [ ] **Step 3: Write minimal implementation**\n```python\ndef f(): return 1\n```',
        '- [ ] **Step 5: Commit**\n```bash\ngit commit -m x\n```',
      ].join('\n\n'),
    );
    expect(blocks.map(({ path, text }) => [path, text])).toEqual([
      ['tests/test_a.py', 'assert f()\n'],
      ['src/a.py', 'def f(): return 1\n'],
    ]);
  });

  it('keeps fences inside a longer fence, and takes the indentation of a list item off', () => {
    const [inner] = only('**Code** (create `README.md`):\n````markdown\n```js\nx\n```\n````');
    expect(inner?.text).toBe('```js\nx\n```\n');
    const [indented] = only(
      '1. **Code** (create `a.js`):\n\n   Create `a.js`:\n   ```js\n   if (x) {\n     y();\n   }\n   ```',
    );
    expect(indented?.text).toBe('if (x) {\n  y();\n}\n');
  });

  it('gives a directive before a label to its blocks, and one before a block to that block alone', () => {
    const blocks = only(
      [
        '<!-- offline-model: attempt 1 -->\n**Code** (create `a.js`):\n```js\nbad\n```',
        '<!-- offline-model: fix 1 -->\n```js\ngood\n```',
        '**Tests** (create `a.test.js`):\n```js\ntest\n```',
      ].join('\n\n'),
    );
    expect(blocks.map(({ text, only: mark }) => [text.trim(), mark])).toEqual([
      ['bad', { attempt: 1 }],
      ['good', { fix: 1 }],
      ['test', undefined],
    ]);
  });

  it('reads the question that a step asks', () => {
    const { ask } = readStep(
      '<!-- offline-model: ask priority="1" text="Which rounding?" options="Half up (recommended)|Half even" -->',
    );
    expect(ask).toEqual({ priority: '1', text: 'Which rounding?', options: ['Half up (recommended)', 'Half even'] });
  });

  it('finds nothing in a step that is prose, or whose blocks have no place', () => {
    expect(only('Make it nicer.\n\n```js\nexample();\n```\n\nSee `src/a.js`.\n\n```js\nalso an example\n```')).toEqual(
      [],
    );
  });
});
