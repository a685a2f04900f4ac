import { afterGate, afterTurn, maxInfraRetries, type Allowance, type GateFacts, type TurnFacts } from './decisions';

const turn: TurnFacts = {
  ending: 'completed',
  endingDetail: '',
  blocker: null,
  completionMarker: true,
  closingQuestion: null,
};
const gate: GateFacts = {
  passed: false,
  review: null,
  infraError: null,
  lessonsMissing: false,
  besideOnly: null,
  failure: 'red',
};
const allowance: Allowance = {
  retryCount: 0,
  maxFixAttempts: 3,
  infraErrors: 0,
  lessonsAsked: false,
  besideTold: false,
};

describe('a fault of ours or of the machine', () => {
  const broken = { ...gate, infraError: 'the disk is full' };

  it('in the turn repeats the turn; in the gate it repeats the gate alone', () => {
    expect(afterTurn({ ...turn, ending: 'retry', endingDetail: 'why' }, allowance)).toEqual({
      kind: 'again',
      outcome: 'infra_error',
      reason: 'why',
    });
    expect(afterGate(broken, turn, allowance)).toEqual({
      kind: 'check_again',
      outcome: 'infra_error',
      reason: 'the disk is full',
    });
  });

  it('is asked about once it has been tried often enough, and spends no fix attempt', () => {
    expect(afterGate(broken, turn, { ...allowance, infraErrors: maxInfraRetries })).toMatchObject({
      kind: 'ask',
      outcome: 'infra_error',
      question: { text: expect.stringContaining('the disk is full'), options: ['Try again'] },
    });
  });
});
