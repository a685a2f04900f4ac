import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlanDocument } from '@lockstep/contracts';
import { acceptPlan, explain, parsePlan, scaffold, scaffoldProfiles, stepOrder, type ParseOptions } from './index';

const read = (name: string, options?: ParseOptions): PlanDocument =>
  parsePlan(readFileSync(join(__dirname, '../fixtures', `${name}.md`), 'utf8'), options);

/** One line for each step: key, what it is part of, what it comes after, line, kind. */
const tree = (plan: PlanDocument): string[] =>
  plan.steps.map(
    (step) =>
      `${step.key}${step.parent === null ? '' : ` in ${step.parent}`}${step.after.length > 0 ? ` after ${step.after.join()}` : ''} @${step.line} ${step.leaf ? step.kind : 'parent'}`,
  );

const order = (plan: PlanDocument): string =>
  stepOrder(plan)
    .map((step) => step.key)
    .join(' ');

const codes = (plan: PlanDocument): string[] => plan.problems.map((each) => `${each.line}:${each.column} ${each.code}`);

const commands = (plan: PlanDocument, key: string): string[] =>
  plan.steps.find((step) => step.key === key)?.verification.map((each) => each.command) ?? [];

const blocks = (plan: PlanDocument, key: string): string[] => {
  const step = plan.steps.find((each) => each.key === key);
  return [...(step?.code ?? []), ...(step?.tests ?? [])].map(
    (block) => `${block.action} ${block.path ?? '-'} ${block.line}`,
  );
};

describe('the template as people write it', () => {
  const plan = read('template-older');

  it('finds step 0, gaps, parts, alternatives and letters without a number', () => {
    expect(tree(plan)).toEqual([
      '0 @55 setup',
      '2 @75 implement',
      '3 @128 parent',
      '3a in 3 @138 implement',
      '3b in 3 after 2 @149 implement',
      '4 @162 implement',
      '4_1 @169 implement',
      '6b @176 implement',
      '8a @184 document',
    ]);
    expect(plan.steps.find((step) => step.key === '4_1')?.alternativeOf).toBe('4');
    expect(order(plan)).toBe('0 2 3a 3b 4 6b 8a');
  });

  it('reads every block with its file and what happens to it', () => {
    expect(blocks(plan, '0')).toEqual(['run - 63']);
    expect(blocks(plan, '2')).toEqual([
      'create src/labels/barcode.js 94',
      'update src/index.js 102',
      'update src/index.js 107',
      'add test/barcode.test.js 112',
    ]);
    expect(blocks(plan, '3a')).toEqual(['write src/labels/address.js 143']);
  });

  it('takes a fence for one script, with its expectation, and leaves out what is only comments', () => {
    const [check] = plan.steps[1]?.verification ?? [];
    expect(check).toEqual({
      command: 'node --test test/barcode.test.js',
      expect: '3 pass\nand none is skipped',
      outcome: 'pass',
      before: false,
      optional: false,
      line: 117,
    });
    expect(commands(plan, '3b')).toEqual(['node --test test/blocks.test.js']);
  });

  it('keeps prose out of the steps: bold words in a specification are no labels', () => {
    expect(plan.steps[1]?.acceptance).toEqual(['Ten digits give ten bars', 'Anything else is refused']);
    expect(plan.steps[1]?.tests).toHaveLength(1);
  });

  it('reads a rule right below a paragraph as a rule', () => {
    expect(plan.steps[0]?.output).toBe('an empty folder');
  });

  it("maps the author's folder to the workspace and anchors scripts that move about", () => {
    expect(plan.authorRoot).toBe('/home/mira/code/parcels');
    expect(commands(plan, '6b')).toEqual([
      'workspace=$PWD\ncd "$workspace/tools" && ./check.sh\ncd "$workspace" && node --test',
    ]);
    expect(plan.steps[1]?.section).toContain('/home/mira/code/parcels');
  });

  it('sorts prerequisites into set-up, checks and baseline', () => {
    expect(plan.prerequisites.map((each) => [each.title, each.line])).toEqual([
      ['Identify Affected Tests', 16],
      ['Install the barcode tool', 30],
    ]);
    const [first, second] = plan.prerequisites;
    expect(first?.affectedTests).toEqual(['test/order.test.js', 'test/address.test.js']);
    expect(first?.baseline[0]).toMatchObject({
      command: 'node --test test/order.test.js test/address.test.js',
      expect: 'All pass',
    });
    expect(second?.setup.map((each) => each.command)).toEqual(['npm ci']);
    expect(second?.verification[0]).toMatchObject({ command: `node -e "require('barcode')"`, optional: true });
  });

  it('reads the sections around the steps', () => {
    expect(plan).toMatchObject({
      title: 'Parcel Labels Implementation Plan',
      slug: 'parcel-labels',
      dialect: 'template',
      profile: 'feature',
      overview: { Name: 'Parcel labels', Proves: 'A label can be printed from an order' },
      criteria: [
        { text: 'A label has a barcode', done: false, line: 48 },
        { text: 'A label has an address', done: true, line: 49 },
      ],
      checklist: [{ text: 'Errors: are handled', done: false, line: 196 }],
      doneLooksLike: [{ command: 'node --test', expect: 'All pass' }],
      files: [
        { path: 'src/labels/barcode.js', action: 'create' },
        { path: 'src/unknown.js', action: 'update' },
      ],
      risks: [{ risk: 'Smudges', likelihood: 'Low', mitigation: 'Better paper' }],
      sections: [{ title: 'Notes for printers', text: '## Notes for printers\n\nAny text.' }],
    });
  });

  it('says which readings were taken, and what nobody refers to', () => {
    expect(codes(plan)).toEqual([
      '26:4 author_root',
      '169:1 alternative_skipped',
      '210:1 unreferenced_file',
      '231:1 outside_steps',
    ]);
  });
});

describe('[PLAN_STEP] documents', () => {
  const plan = read('marked', { projectVerify: true });

  it('reads parent as "comes after", and a letter under its number as a part', () => {
    expect(tree(plan)).toEqual([
      'step-1 @7 implement',
      'step-3 after step-2 @16 implement',
      'step-2 after step-1 @35 parent',
      'step-2a in step-2 @41 implement',
    ]);
    expect(order(plan)).toBe('step-1 step-2a step-3');
  });

  it('takes states from the document and leaves markers in code alone', () => {
    expect(plan.steps.map((step) => step.status)).toEqual(['completed', 'pending', 'pending', 'pending']);
    expect(commands(plan, 'step-3')).toEqual(['npm test -- street']);
    expect(plan.steps[0]?.files).toEqual([{ path: 'src/lamp.ts', action: 'create', test: false, line: 9 }]);
  });

  it('says what belongs to no step', () => {
    expect(codes(plan)).toEqual([
      '3:1 outside_steps',
      '33:1 outside_steps',
      '35:1 unknown_status',
      '35:1 verification_inferred',
      '46:1 outside_steps',
    ]);
  });

  it('finds a check in the tasks when none is labelled', () => {
    const text = '[PLAN_STEP id="a"]\nDo it\n- then run `npm test -- a`\n[/PLAN_STEP]\n';
    expect(parsePlan(text).steps[0]?.verification[0]?.command).toBe('npm test -- a');
    expect(codes(parsePlan(text))).toEqual(['1:1 verification_inferred']);
  });
});

describe('phases', () => {
  const plan = read('phases');

  it('qualifies step numbers that begin anew, and takes a phase without steps for a step', () => {
    expect(tree(plan)).toEqual([
      'phase-1 @7 parent',
      '1.1 in phase-1 @11 implement',
      '1.2 in phase-1 @20 implement',
      'phase-2 @29 parent',
      '2.1 in phase-2 after 1.2 @31 implement',
      '2.2 in phase-2 @37 implement',
      'phase-3 @41 implement',
    ]);
    expect(plan.steps.map((step) => step.reading)).toEqual([
      'group',
      'part_of',
      'part_of',
      'group',
      'part_of',
      'part_of',
      'in_order',
    ]);
    expect(plan.steps[2]?.status).toBe('completed');
  });

  it('finds checks under every kind of label', () => {
    expect(['1.1', '1.2', '2.1', '2.2', 'phase-3'].map((key) => commands(plan, key))).toEqual([
      ['psql -f db/table.sql'],
      ['psql -f db/index.sql'],
      ['npm run test:query'],
      ['npm test'],
      ['npm run lint'],
    ]);
  });
});

describe('numbered sections', () => {
  it('takes the numbered sections of the implementation, with their parts', () => {
    const plan = read('numbered');
    expect(tree(plan)).toEqual([
      '2.1 @9 implement',
      '2.2 @18 parent',
      '2.2.1 in 2.2 @20 implement',
      '2.2.2 in 2.2 @24 implement',
    ]);
    expect(commands(plan, '2.1')).toEqual(['cargo test tokens']);
    expect(plan.dialect).toBe('numbered');
  });
});

describe('tasks with file lists', () => {
  const plan = read('superpowers');

  it('keeps the steps inside a task as its tasks', () => {
    expect(tree(plan)).toEqual(['1 @11 implement', '2 @49 implement']);
    expect(plan.steps.map((step) => step.tasks.map((task) => task.text))).toEqual([
      [
        'Step 1: Write the failing test',
        'Step 2: Run test to verify it fails',
        'Step 3: Write minimal implementation',
        'Step 4: Run test to verify it passes',
        'Step 5: Commit',
      ],
      ['Step 1: Write it', 'Step 2: Run it'],
    ]);
    expect(plan.overview).toMatchObject({ Goal: 'Greet people by name' });
  });

  it('tells the run that must fail first from the one that must pass', () => {
    expect(plan.steps[0]?.verification).toMatchObject([
      {
        command: 'pytest tests/test_hello.py -v',
        expect: 'FAIL with "hello is not defined"',
        outcome: 'fail',
        before: true,
        line: 27,
      },
      { command: 'pytest tests/test_hello.py -v', expect: 'PASS', outcome: 'pass', before: false, line: 39 },
    ]);
    expect(plan.steps[1]?.verification).toMatchObject([{ command: 'python -m greeter.main', expect: 'hi' }]);
  });

  it('puts blocks into the files that the task lists, and knows a commit', () => {
    expect(blocks(plan, '1')).toEqual(['create greeter/hello.py 32', 'commit - 44', 'write tests/test_hello.py 20']);
    expect(plan.steps[0]?.files.map((file) => file.path)).toEqual([
      'tests/test_hello.py',
      'greeter/hello.py',
      'greeter/__init__.py',
    ]);
  });
});

describe('tasks with shared validation commands', () => {
  it('gives them to each task that has none', () => {
    const plan = read('ralphex');
    expect(tree(plan)).toEqual(['1 @12 implement', '2 @17 implement']);
    expect(commands(plan, '2')).toEqual(['go build ./...', 'go test ./...']);
    expect(plan.steps.map((step) => step.status)).toEqual(['completed', 'pending']);
    expect(codes(plan)).toEqual(['12:1 status_in_plan', '12:1 verification_shared', '17:1 verification_shared']);
  });
});

describe('our own templates', () => {
  for (const profile of scaffoldProfiles)
    it(`${profile}: no error, and a warning for what is left to fill in`, () => {
      const plan = acceptPlan(parsePlan(scaffold(profile)));
      expect(plan.profile).toBe(profile);
      expect(stepOrder(plan)).toHaveLength(2);
      expect(new Set(plan.problems.map((each) => each.code))).toEqual(new Set(['placeholder']));
    });
});

describe('the preview', () => {
  it('says for each step how it was read', () => {
    const text = explain(read('template-older'));
    expect(text).toContain('read as the older template · profile feature · 7 steps to carry out');
    expect(text).toContain('  3a  Address block\n     implement · line 138 · part of 3');
    expect(text).toContain('4_1  Print by PDF\n   implement · line 169 · another way to do 4; not carried out');
    expect(text).toContain('order     0 → 2 → 3a → 3b → 4 → 6b → 8a');
  });
});
