import type { ProfileName } from '@lockstep/contracts';
import type { RunContext } from '../run/run-context';

/** The working discipline of each profile, one sentence each, as it goes into the first prompt. */
const guidelines: Record<ProfileName, readonly string[]> = {
  feature: [
    'Write the implementation and its tests in the same step.',
    'Keep what works working: add beside it rather than replace it where the plan does not say otherwise.',
    'Cover the critical paths and the edge cases, with test names that say what is expected.',
    'Use real data and real integrations, no mocks of what can be run.',
  ],
  poc: [
    'Write each step as a self-contained, runnable script with a usage example in its docstring.',
    'Name files after their step: `stepN_*` and `test_stepN_*`.',
    'Use real data and real integrations, no mocks of what can be run.',
  ],
  staged: ['Follow the existing patterns of the files that a step names.', 'Run the tests that exist after each step.'],
};

export const guidelinesOf = ({ settings }: RunContext): readonly string[] => guidelines[settings.profile];
