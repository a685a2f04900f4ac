import type { criterionProofs } from '@lockstep/contracts';
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

export const step = (over: Partial<StepFacts> & Pick<StepFacts, 'key' | 'title' | 'status'>): StepFacts => ({
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

export const proved = (by: (typeof criterionProofs)[number], command: string | null, names: string[] = []) => ({
  ...{ state: 'proved' as const, by, names },
  proofs: [{ command, digest: 'sha256:aa' }],
});

/** A run in the middle, with everything that a document can show. */
export const full: ResultsFacts = {
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
export const fresh: ResultsFacts = {
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

export const done: ResultsFacts = {
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
