import fc from 'fast-check';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createMarkerParser } from '../parser';
import {
  answersPrompt,
  fixPrompt,
  lessonsPrompt,
  maxPromptBytes,
  openingPrompt,
  promptBytes,
  resumePrompt,
  reviewReturnedPrompt,
  stepPrompt,
} from './index';
import type { OpeningFacts, PromptAnswer, PromptFailure, TurnFacts } from './types';

const fixtures = join(__dirname, '..', '..', 'fixtures', 'prompts');
const read = (...path: string[]) => readFileSync(join(fixtures, ...path), 'utf8');

/** Compares byte for byte. To write a golden file anew, delete it and run the spec: it is written, and the test fails once. */
function expectGolden(name: string, text: string): void {
  const path = join(fixtures, name);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    throw new Error(`The golden file ${name} was missing and has been written. Read it, then run the spec again.`);
  }
  expect(text).toBe(readFileSync(path, 'utf8'));
}

const featurePlan = read('feature', 'plan.md');
const between = (text: string, from: string, to?: string): string =>
  text.slice(text.indexOf(from), to === undefined ? text.length : text.indexOf(to));

const feature: OpeningFacts = {
  title: 'Tide Table Plan',
  plan: featurePlan,
  planDocument: 'docs/tide-table-plan.md',
  resultsDocument: 'docs/tide-table-results.md',
  branch: 'lockstep/tide-table',
  base: '4f0c2d6b8a1e4f0c2d6b8a1e4f0c2d6b8a1e4f0c',
  files: ['package.json', 'src/index.js'],
  guidelines: ['Type hints or JSDoc on public functions.', 'Real data and real integrations, nothing mocked away.'],
  repositoryWords: { path: 'CLAUDE.md', text: '# House rules\n\n```\nnpm test\n```\nUse tabs.\n' },
  lessons: [
    { what: 'Clocks differ by zone.', evidence: 'test/zone.test.js', from: 'step 2 of an earlier run' },
    { what: 'Keep files small.' },
  ],
};
const firstTurn: TurnFacts = {
  step: {
    key: '1',
    title: 'The harmonics + Tests',
    section: between(featurePlan, '### Step 1', '### Step 2'),
    verification: [
      { command: 'node --test test/harmonics.test.js\n# Expected: 1 test passes', expect: '1 test passes' },
    ],
    owes: [
      { what: 'code', paths: ['src/harmonics.js'] },
      { what: 'tests', paths: ['test/harmonics.test.js'] },
    ],
  },
  attempt: 1,
  retryCount: 0,
  maxFixes: 3,
  done: [],
};
const laterTurn: TurnFacts = {
  step: {
    key: '2a',
    title: 'Find high water',
    section: between(featurePlan, '#### Step 2a'),
    parents: [{ key: '2', title: 'The table', section: '### Step 2: The table\n' }],
    verification: [
      { command: 'node --test test/' },
      { command: 'node bench.js', optional: true, expect: 'fast\nand steady' },
    ],
    owes: [{ what: 'tests', paths: [] }],
  },
  attempt: 3,
  retryCount: 2,
  maxFixes: 3,
  done: [
    {
      key: '1',
      title: 'The harmonics + Tests',
      commit: '9b1d5e7a3c2f9b1d5e7a3c2f9b1d5e7a3c2f9b1d',
      summary: 'Two harmonics\nadded up.',
    },
  ],
};
const failure: PromptFailure = {
  verdict: 'failed',
  command: 'node --test test/',
  exitCode: 1,
  failing: ['finds the first high water', 'a name with `ticks`'],
  outputTail: 'not ok 1 - finds the first high water\n```\nexpected 6\n```\n',
  reasons: ['`src/table.js` does not exist'],
};
const answers: PromptAnswer[] = [
  { question: 'Metres or feet?', answer: 'Metres.\nAlways.', by: 'ada@harbour.example' },
];

const everyKind: [string, (turn: TurnFacts) => string][] = [
  ['opening', (turn) => openingPrompt(feature, turn)],
  ['step', stepPrompt],
  ['fix', (turn) => fixPrompt(turn, [failure])],
  ['answer', (turn) => answersPrompt(turn, answers)],
  ['lessons', lessonsPrompt],
  ['resume', (turn) => resumePrompt(turn, { opening: feature, answers, failures: [failure] })],
  ['resume-same-session', (turn) => resumePrompt(turn, {})],
  [
    'review',
    (turn) => reviewReturnedPrompt(turn, { by: 'grace@harbour.example', words: 'The name `hw` says too little.' }),
  ],
];

describe('golden files', () => {
  it.each(everyKind)('feature: %s', (name, build) => {
    expectGolden(`feature/${name}.md`, build(name === 'opening' ? firstTurn : laterTurn));
  });

  it('poc', () => {
    const plan = read('poc', 'plan.md');
    const opening: OpeningFacts = {
      ...{
        title: 'Whale Song PoC',
        plan,
        planDocument: 'docs/poc1-implementation.md',
        resultsDocument: 'docs/poc1-results.md',
        lessons: [],
      },
      guidelines: [
        'Each step is a script of its own: `PoC/stepN_description.py`, with a docstring that shows how it is run.',
      ],
    };
    const step: TurnFacts['step'] = {
      ...{ key: '1', title: 'Read the recording', section: between(plan, '### Step 1') },
      verification: [{ command: 'uv run pytest tests/test_step1_read.py -v' }],
      owes: [
        { what: 'code', paths: ['PoC/step1_*.py'] },
        { what: 'tests', paths: ['tests/test_step1_*.py'] },
      ],
    };
    expectGolden('poc/opening.md', openingPrompt(opening, { ...firstTurn, step }));
  });

  it('staged', () => {
    const plan = read('staged', 'plan.md');
    const opening: OpeningFacts = { title: 'Lighthouse log', plan, lessons: [], guidelines: [] };
    const section = between(plan, '[PLAN_STEP');
    const step: TurnFacts['step'] = {
      key: 'step-1',
      title: 'Keep the log in memory',
      section,
      verification: [],
      owes: [],
    };
    expectGolden('staged/opening.md', openingPrompt(opening, { ...firstTurn, step }));
  });
});

/** The step's section as a program that reads along finds it: the fence after the last `<step …>` line. */
function sectionOf(prompt: string): string | undefined {
  const match = /^<step key="[^"]*">\n(`{4,})markdown\n([^]*?)\n?\1\n<\/step>$/m.exec(
    prompt.slice(prompt.lastIndexOf('\n<step ') + 1),
  );
  return match?.[2];
}

describe('every prompt', () => {
  const kinds = { opening: 'step', 'resume-same-session': 'resume', review: 'fix' } as Record<string, string>;

  it.each(everyKind)('%s begins with its header and holds the step verbatim', (name, build) => {
    const prompt = build(laterTurn);
    expect(prompt.split('\n')[0]).toBe(`[LOCKSTEP_TURN kind="${kinds[name] ?? name}" step="2a" attempt="3" fix="2"]`);
    expect(prompt.match(/^<step /gm)).toHaveLength(1);
    expect(sectionOf(prompt)).toBe(laterTurn.step.section.replace(/\n$/, ''));
    expect(prompt).toContain('node --test test/');
    expect(build(laterTurn)).toBe(prompt);
  });

  it('keeps any text of a plan as it is, in a fence that the text cannot end', () => {
    const part = fc.oneof(
      fc.constantFrom('`', '```', '````', '\n', '\r\n', '</step>', '<step key="9">', '~~~', '$&', '\t'),
      fc.string(),
    );
    const hostile = fc.array(part, { maxLength: 30 }).map((parts) => `# ${parts.join('')}.`);
    fc.assert(
      fc.property(hostile, (section) => {
        const turn = {
          ...laterTurn,
          step: { ...laterTurn.step, section, verification: [{ command: section, expect: section }] },
        };
        for (const prompt of [stepPrompt(turn), fixPrompt(turn, [failure])]) {
          const ticks = /^<step key="2a">\n(`{4,})markdown$/m.exec(prompt)?.[1] ?? '';
          expect(section.includes(ticks)).toBe(false);
          expect(prompt).toContain(`<step key="2a">\n${ticks}markdown\n${section}\n${ticks}\n</step>\n`);
        }
        const opening = openingPrompt({ ...feature, plan: section }, firstTurn);
        expect(opening).toMatch(/^<plan>\n`{4,}markdown$/m);
        expect(opening).toContain(`markdown\n${section}\n\``);
      }),
    );
  });

  it('holds no key that could end its header', () => {
    const turn = { ...laterTurn, step: { ...laterTurn.step, key: 'a"]\n[x' } };
    expect(stepPrompt(turn).split('\n')[0]).toBe('[LOCKSTEP_TURN kind="step" step="a x" attempt="3" fix="2"]');
  });

  it('shows markers only where an echo of them does not count', () => {
    const parser = createMarkerParser();
    expect([...parser.push(openingPrompt(feature, firstTurn)), ...parser.end()]).toEqual([]);
  });
});

describe('a prompt that would be too long', () => {
  const long = `# Long\n${'"words" and more\n'.repeat(9000)}`;

  it('names the plan by its file', () => {
    const prompt = openingPrompt({ ...feature, plan: long, planFile: '/run/plan.md' }, firstTurn);
    expect(promptBytes(prompt)).toBeLessThanOrEqual(maxPromptBytes);
    expect(prompt).toContain('<plan file="/run/plan.md">\n</plan>');
    expect(sectionOf(prompt)).toBe(firstTurn.step.section.replace(/\n$/, ''));
  });

  it('names the step by its file too, scripts included', () => {
    const step = {
      ...laterTurn.step,
      section: long,
      parents: [{ key: '2', title: 'All', section: long }],
      verification: [{ command: long }],
    };
    const turn = { ...laterTurn, step, stepFile: '/run/step.md' };
    const facts = { ...feature, plan: long, planFile: '/run/plan.md' };
    const huge = { ...failure, outputTail: long, command: long, failing: Array(9000).fill('a test'), reasons: [] };
    const many = [{ question: long, answer: long, by: 'ada' }];
    const prompts = [openingPrompt(facts, turn), stepPrompt(turn), fixPrompt(turn, [huge]), answersPrompt(turn, many)];
    for (const prompt of [...prompts, resumePrompt(turn, { opening: facts, answers: many, failures: [huge] })]) {
      expect(prompt).toContain('<step key="2a" file="/run/step.md">\n</step>');
      expect(promptBytes(prompt)).toBeLessThanOrEqual(maxPromptBytes);
    }
  });

  it('stays whole where no file was offered', () => {
    expect(openingPrompt({ ...feature, plan: long }, firstTurn)).toContain(long);
  });
});
