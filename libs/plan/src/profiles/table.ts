import type { Artifact, Profile, ProfileName, ProfileOwes } from '@lockstep/contracts';

/** Whatever a step declares it owes; whether it must have *changed* it is the gate's rule for its kind. */
const declared: Artifact[] = ['code', 'tests', 'documents'];
const owesWhatItDeclares: ProfileOwes = {
  setup: declared,
  implement: declared,
  document: declared,
  validate: declared,
};

/** What the profiles have in common. */
const base: Omit<Profile, 'guidelines'> = {
  places: {
    code: null,
    tests: null,
    documents: null,
    results: 'docs/{slug}-results.md',
    stepResults: null,
    stepTemplate: null,
    state: null,
  },
  owes: owesWhatItDeclares,
  verify: [],
  healthCheck: [],
  advance: 'auto',
  maxFixAttempts: 3,
  budget: { costUsd: null, tokens: null, seconds: null, attempts: null },
  askLessons: false,
  deviations: 'warn',
  criteria: 'validated',
  cleanRoom: 'auto',
  turnLimitSeconds: 3600,
  idleLimitSeconds: 900,
  verificationLimitSeconds: 900,
};

/** A work item of a product: code in the modules that the plan names, tests beside it, one results document. */
const feature: Profile = {
  ...base,
  guidelines: [
    'Write the implementation and its tests in the same step.',
    'Keep what works working: add beside it rather than replace it where the plan does not say otherwise.',
    'Cover the critical paths and the edge cases, with test names that say what is expected.',
    'Use real data and real integrations, no mocks of what can be run.',
  ],
};

/** A proof of concept: each step a script of its own, with its own tests and its own results document. */
const poc: Profile = {
  ...base,
  askLessons: true,
  places: {
    ...base.places,
    code: 'PoC/{step}_*',
    tests: 'tests/test_{step}_*',
    documents: 'docs/{slug}-{step}-results.md',
    stepResults: 'docs/{slug}-{step}-results.md',
    stepTemplate: 'assets/templates/step-results.md',
    state: 'PROJECT_STATE.md',
  },
  guidelines: [
    'Write each step as a self-contained, runnable script with a usage example in its docstring.',
    'Name files after their step: `stepN_*` and `test_stepN_*`.',
    'Use real data and real integrations, no mocks of what can be run.',
  ],
};

/** Steps of a plan that was written against an existing code base, file by file. */
const staged: Profile = {
  ...base,
  criteria: 'ask',
  askLessons: true,
  guidelines: [
    'Follow the existing patterns of the files that a step names.',
    'Run the tests that exist after each step.',
  ],
};

export const profiles: Record<ProfileName, Profile> = { feature, poc, staged };
