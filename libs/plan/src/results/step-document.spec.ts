import { renderProjectState, renderStepResults, type ResultsFacts, type StepFacts } from './index';

const step = (over: Partial<StepFacts> & Pick<StepFacts, 'key' | 'status'>): StepFacts => ({
  ...{ round: 1, filesModified: [], verifications: [], attempts: [], issues: [], decisions: [], deviations: [] },
  ...{ title: `About ${over.key}`, questions: [], lessons: [], children: [] },
  ...over,
});

const done = step({
  ...{
    key: '1',
    status: 'completed',
    goal: 'Count gulls.',
    summary: 'Gulls are counted.',
    filesModified: ['gulls.py'],
  },
  lessons: [{ what: 'Gulls move', evidence: 'a flaky test' }],
  verifications: [
    {
      ...{ command: 'pytest tests/test_step1.py', verdict: 'passed', exitCode: 0, durationMs: 900 },
      ...{ tests: { passed: 2, failed: 0, skipped: 0, total: 2 }, outputDigest: 'sha256:ab', failing: [], notes: [] },
    },
  ],
  attempts: [
    {
      ...{ number: 1, round: 1, fix: 0, outcome: 'passed', durationMs: 61_000, costUsd: 0.5 },
      failing: [],
      reasons: [],
    },
  ],
});

const facts: ResultsFacts = {
  plan: { title: 'Gulls', version: 1 },
  run: { id: 'r', status: 'running', branch: 'lockstep/gulls' },
  ...{ criteria: [], prerequisites: [], baseline: null, finalValidation: null, checklist: [], questions: [] },
  steps: [done, step({ key: '2', status: 'pending' })],
  totals: { durationMs: null, costUsd: null, tokens: null, attempts: 1, fixAttempts: 0 },
};

const template = `# [Step Name] Results

**Status**: [status]

## Status
[done?]

## Metrics
| a | b |

## Bug Fixes

\`\`\`bash
## not a heading
\`\`\`

### Test Coverage
[tests]

## Commands

## Stakeholders
`;

describe('a step’s document', () => {
  it('takes the headings of a template, in their order, with the facts that are known', () => {
    const text = renderStepResults(facts, '1', template) ?? '';
    expect(text.match(/^#+ .*$/gm)).toEqual([
      '# Gulls Results: Step 1',
      ...['## Status', '## Metrics', '## Bug Fixes', '### Test Coverage', '## Commands', '## Stakeholders'],
      ...['## Goal', '## Lessons Learned', '## Key Decisions', '## Files', '## Summary', '## Commit'],
    ]);
    expect(text).toContain('## Metrics\n\n| Metric | Value |');
    expect(text).toContain('| Tests | 2 passed, 0 failed, 0 skipped, 2 total |');
    expect(text).toContain('| Time | 1m 01s |');
    expect(text).toContain('## Commands\n\n```bash\npytest tests/test_step1.py\n```');
    expect(text).toContain('## Stakeholders\n\nNothing recorded.');
    expect(text).toContain('- Gulls move Evidence: a flaky test');
    expect(text).not.toContain('[');
  });

  it('has its own form without one, and with one that has no headings', () => {
    const own = renderStepResults(facts, '1');
    expect(own).toContain('## Step 1: About 1 ✅');
    expect(renderStepResults(facts, '1', 'Just words.\n')).toBe(own);
    expect(renderStepResults(facts, '9', template)).toBeNull();
  });
});

describe('the state file', () => {
  const place = { slug: 'gulls', results: 'docs/gulls-results.md' };

  it('is begun where there is none', () => {
    expect(renderProjectState(null, facts, place)).toBe(`# Project State

<!-- lockstep:gulls -->
## Gulls

- **Status**: 🔄 In progress, 1 of 2 steps
- **Next**: Step 2: About 2
- **Branch**: \`lockstep/gulls\`
- **Results**: \`docs/gulls-results.md\`

- ✅ Step 1: About 1
- ⏳ Step 2: About 2
<!-- /lockstep:gulls -->
`);
  });

  it('keeps everything else in it, and one section a plan', () => {
    const before = '# Ours\n\nSome words.';
    const first = renderProjectState(before, facts, place);
    const other = renderProjectState(first, facts, { ...place, slug: 'terns' });
    const later = { ...facts, steps: [done] };
    const again = renderProjectState(other, later, place);
    expect(again.startsWith(`${before}\n\n<!-- lockstep:gulls -->`)).toBe(true);
    expect(again.match(/<!-- lockstep:\w+ -->/g)).toEqual(['<!-- lockstep:gulls -->', '<!-- lockstep:terns -->']);
    expect(again).toContain('**Next**: nothing, every step is done');
    expect(renderProjectState(again, later, place)).toBe(again);
  });
});
