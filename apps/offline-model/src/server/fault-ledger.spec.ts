import { FaultLedger } from './fault-ledger';

describe('FaultLedger', () => {
  const acts = [{ text: 'a' }, { fault: '429', times: 2 }, { text: 'b' }, { fault: '500', times: 1 }] as const;

  it('lets a fault strike as often as it may, then the next one, for each conversation', () => {
    const ledger = new FaultLedger();
    const faults = (): string[] => ledger.admit('one', acts).flatMap((act) => ('fault' in act ? [act.fault] : []));
    expect([faults(), faults(), faults(), faults()]).toEqual([['429', '500'], ['429', '500'], ['500'], []]);
    expect(ledger.admit('two', acts)).toEqual(acts);
  });

  it('never tires of a fault without a number', () => {
    const ledger = new FaultLedger();
    const admitted = [1, 2, 3].map(() => ledger.admit('one', [{ fault: 'silence' }]));
    expect(admitted).toEqual([[{ fault: 'silence' }], [{ fault: 'silence' }], [{ fault: 'silence' }]]);
  });
});
