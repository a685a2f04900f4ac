import { afterGate, type Allowance, type GateFacts } from './decisions';

const gate = (more: Partial<GateFacts> = {}): GateFacts => ({
  passed: false,
  review: null,
  infraError: null,
  lessonsMissing: false,
  besideOnly: null,
  failure: '- failed: 1 of 2 tests failed',
  ...more,
});
const turn = { completionMarker: true, closingQuestion: null };
const allowance = (more: Partial<Allowance> = {}): Allowance => ({
  retryCount: 0,
  maxFixAttempts: 3,
  infraErrors: 0,
  lessonsAsked: false,
  besideTold: false,
  ...more,
});

describe('a step that passes in the workspace only', () => {
  const besideOnly = '- passes only with files that the commit does not contain (answers.local)';
  const failing = gate({ besideOnly });

  it('goes back to the agent once', () => {
    expect(afterGate(failing, turn, allowance())).toMatchObject({ kind: 'fix', outcome: 'failed' });
  });

  it('then waits for a person’s eyes, since only a person can change the set-up', () => {
    const review = { kind: 'review', outcome: 'failed', finding: besideOnly };
    expect(afterGate(failing, turn, allowance({ besideTold: true, retryCount: 1 }))).toEqual(review);
    expect(afterGate(failing, turn, allowance({ maxFixAttempts: 0 }))).toEqual(review);
  });

  it('is asked about like any other when it fails in the workspace too', () => {
    const told = allowance({ besideTold: true, retryCount: 1 });
    expect(afterGate(gate(), turn, told)).toMatchObject({ kind: 'fix' });
    expect(afterGate(gate(), turn, { ...told, retryCount: 3 })).toMatchObject({ kind: 'ask', outcome: 'failed' });
  });
});
