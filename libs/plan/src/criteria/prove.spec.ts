import type { CriterionEvidence, Verdict } from '@lockstep/contracts';
import fc from 'fast-check';
import { parsePlan } from '../index';
import { judgeCriteria, type FinalProof, type ProofFacts, type RanCommand } from './prove';

const items = [
  '`npm run lint` passes',
  'Step 1 passes',
  '`test/ledger.test.js` covers it',
  '`test/other.test.js` covers it',
  'Written by `src/ledger.js`',
  'All tests pass',
  'Survives a restart',
];

const plan = parsePlan(`# Harbour Plan

## Success Criteria

${items.map((item) => `- [ ] ${item}`).join('\n')}

## Production-Grade Checklist

- [ ] Errors are handled

## Implementation Steps

### Step 1: The ledger

**Code** (create \`src/ledger.js\`):
\`\`\`js
//
\`\`\`

**Tests** (create \`test/other.test.js\`):
\`\`\`js
//
\`\`\`

**Verification**:
\`\`\`bash
node --test test/ledger.test.js
\`\`\`
`);

const counts = { passed: 2, failed: 0, skipped: 0, total: 2 };
const ran = (command: string, more: Partial<RanCommand> = {}): RanCommand => ({
  ...{ command, verdict: 'passed', digest: `sha256:${command.length}`, tests: null, passed: [] },
  ...more,
});
const suite = ran('node --test test/ledger.test.js', { tests: counts, passed: ['a'] });
const passed: FinalProof = { passed: true, digest: 'sha256:all', ran: [suite, ran('npm run lint')], attested: null };

const facts = (more: Partial<ProofFacts> = {}): ProofFacts => ({
  rule: 'validated',
  final: passed,
  steps: [{ key: '1', isDone: true, ran: [{ ...suite, digest: 'sha256:gate' }] }],
  paths: new Set(['src/ledger.js', 'test/ledger.test.js', 'test/other.test.js']),
  words: new Map(),
  ...more,
});

const told = (evidence: CriterionEvidence): string => {
  if (evidence.state === 'attested') return `attested by ${evidence.by}`;
  return evidence.state === 'unproven'
    ? 'unproven'
    : `${evidence.by} ${evidence.proofs.map(({ digest }) => digest).join()}`;
};
const judged = (more: Partial<ProofFacts> = {}): string[] =>
  judgeCriteria(plan, facts(more)).map(({ evidence }) => told(evidence));

const [own, tested] = ['sha256:12', 'sha256:31'];

describe('the state of each item', () => {
  it('is proved by what it names, each by its own evidence, and by no more than the whole otherwise', () => {
    expect(judged()).toEqual([
      ...[
        `command ${own}`,
        `step ${tested}`,
        `tests ${tested}`,
        `tests ${tested}`,
        `file ${tested}`,
        `suite ${tested}`,
      ],
      ...['whole sha256:all', 'whole sha256:all'],
    ]);
  });

  it('is open before the final validation, whatever ran', () => {
    expect(new Set(judged({ final: null }))).toEqual(new Set(['unproven']));
  });

  it('is open under "ask" for what names nothing, until somebody gives their word', () => {
    expect(judged({ rule: 'ask' }).slice(5)).toEqual([`suite ${tested}`, 'unproven', 'unproven']);
    const words = new Map([['Survives a restart', { by: 'ada', at: null }]]);
    expect(judged({ rule: 'ask', words }).slice(5)).toEqual([`suite ${tested}`, 'attested by ada', 'unproven']);
  });

  it('is not proved by what did not run, did not pass, or is gone from the tree', () => {
    const final = { ...passed, ran: [suite] };
    expect(judged({ final })[0]).toBe('whole sha256:all');
    expect(judged({ rule: 'ask', final })[0]).toBe('unproven');
    const red = { ...passed, ran: [{ ...suite, verdict: 'failed' as const }] };
    expect(judged({ rule: 'ask', final: red }).slice(1, 6)).toEqual(Array(5).fill('unproven'));
    expect(judged({ rule: 'ask', paths: new Set() }).slice(3, 5)).toEqual(['unproven', 'unproven']);
    expect(judged({ rule: 'ask', steps: [{ key: '1', isDone: false, ran: [] }] })[1]).toBe('unproven');
    const silent = { ...passed, ran: [ran('npm run lint')] };
    expect(judged({ rule: 'ask', final: silent })[5]).toBe('unproven');
  });

  it('rests on a word where the run was completed as it is; what passed stays proved', () => {
    const final = { ...passed, passed: false, attested: { by: 'ada', at: null } };
    expect(judged({ final })).toEqual([
      ...[`command ${own}`, `step ${tested}`, `tests ${tested}`, `tests ${tested}`, `file ${tested}`],
      ...['attested by ada', 'attested by ada', 'attested by ada'],
    ]);
  });

  it('is proved only by commands that ran and let through, and open under "validated" only without a pass', () => {
    const verdicts: Verdict[] = ['passed', 'failed', 'infra_error', 'timed_out', 'flaky', 'no_tests'];
    const command = fc.constantFrom(...passed.ran.map((each) => each.command), 'true');
    const some = fc.array(fc.record({ command, verdict: fc.constantFrom(...verdicts) }), { maxLength: 4 });
    fc.assert(
      fc.property(
        some,
        fc.boolean(),
        fc.constantFrom('ask' as const, 'validated' as const),
        (commands, isPassed, rule) => {
          const list = commands.map((each) => ran(each.command, { verdict: each.verdict, tests: counts }));
          const final = { ...passed, ran: list, passed: isPassed };
          for (const { evidence } of judgeCriteria(plan, facts({ rule, final, steps: [] }))) {
            if (evidence.state === 'unproven') expect(rule === 'ask' || !isPassed).toBe(true);
            if (evidence.state !== 'proved') continue;
            for (const proof of evidence.proofs)
              expect(
                proof.command === null
                  ? isPassed && rule === 'validated'
                  : list.some(
                      ({ command: at, verdict }) => at === proof.command && ['passed', 'flaky'].includes(verdict),
                    ),
              ).toBe(true);
          }
        },
      ),
    );
  });
});
