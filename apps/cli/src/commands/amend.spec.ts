import type { StepImpact } from '@lockstep/contracts';
import { impactText } from './amend';

const step = (key: string, effect: StepImpact['effect'], reason: string): StepImpact => ({
  key,
  title: `Step ${key}`,
  parent: null,
  isLeaf: true,
  change: 'unchanged',
  effect,
  from: 'completed',
  to: 'completed',
  round: 1,
  reason,
});

describe('what an amendment does, for people', () => {
  it('says of each step what becomes of it and why, and what is lost', () => {
    const steps = [step('1', 'keep', 'its text is unchanged'), step('2', 'reopen', 'its text changed')];
    expect(impactText({ steps, groundChanged: true, discardsWork: false })).toBe(
      'keep    1 Step 1: its text is unchanged\nreopen  2 Step 2: its text changed\nPrerequisites or baseline differ: they are checked again before the next step.\n',
    );
  });
});
