import { budgetKind, type BudgetCrossing, type BudgetKind, type BudgetUse } from '@lockstep/contracts';
import fc from 'fast-check';
import { amount, budgetCrossed, budgetQuestion, raisedLimits, readAmount, readBudgetAnswer, stopHere } from './index';

const kinds = budgetKind.options;
const nothing: BudgetUse = { costUsd: 0, costIsPartial: false, tokens: 0, seconds: 0, attempts: 0 };
const whole = fc.integer({ min: 1, max: 10_000_000 });
const money = fc.integer({ min: 1, max: 100_000_000 }).map((hundredths) => hundredths / 10_000);
const limit = { costUsd: money, tokens: whole, seconds: whole, attempts: whole };
const limits = fc.record(limit, { requiredKeys: [] });
const used: fc.Arbitrary<BudgetUse> = fc.record({
  costUsd: fc.option(money),
  costIsPartial: fc.boolean(),
  tokens: fc.nat(),
  seconds: fc.nat({ max: 10_000_000 }),
  attempts: fc.nat(),
});
const crossingOf = (kind: BudgetKind, most: number, use: number): BudgetCrossing =>
  budgetCrossed({ [kind]: most }, { ...nothing, [kind]: use }, { scope: 'run' })[0]!;
const kindWithAmounts = fc
  .constantFrom(...kinds)
  .chain((kind) => fc.tuple(fc.constant(kind), limit[kind], limit[kind]))
  .map(([kind, a, b]) => ({ kind, most: Math.min(a, b), use: Math.max(a, b) }));

describe('a budget', () => {
  it('is crossed exactly where what is known reaches the limit', () => {
    fc.assert(
      fc.property(limits, used, (said, use) => {
        const crossed = budgetCrossed(said, use, { scope: 'run' }).map(({ kind }) => kind);
        const reached = kinds.filter(
          (kind) => said[kind] !== undefined && use[kind] !== null && use[kind] >= said[kind],
        );
        expect(crossed).toEqual(reached);
      }),
    );
  });

  it('leaves room once it is raised to what is offered', () => {
    fc.assert(
      fc.property(limits, used, (said, use) => {
        const crossed = budgetCrossed(said, use, { scope: 'run' });
        for (const { limit: most, used: was, raiseTo } of crossed) expect(raiseTo).toBeGreaterThan(Math.max(most, was));
        const raised = Object.fromEntries(crossed.map(({ kind, raiseTo }) => [kind, raiseTo]));
        expect(budgetCrossed(raisedLimits(said, raised), use, { scope: 'run' })).toEqual([]);
      }),
    );
  });

  it('offers an amount, however small the limit was', () => {
    expect(crossingOf('costUsd', 5e-324, 1).raiseTo).toBe(2);
  });

  it('never counts an unknown cost as nothing: what is known is the least', () => {
    expect(budgetCrossed({ costUsd: 1 }, { ...nothing, costUsd: null, costIsPartial: true }, { scope: 'run' })).toEqual(
      [],
    );
    const [crossing] = budgetCrossed(
      { costUsd: 1 },
      { ...nothing, costUsd: 1.5, costIsPartial: true },
      { scope: 'run' },
    );
    expect(crossing).toMatchObject({ atLeast: true, used: 1.5, raiseTo: 2 });
    expect(budgetQuestion(crossing!).text).toContain('at least $1.50 of $1.00 (what some turns cost is unknown)');
  });

  it('is not lowered by what it was raised to before the project gave more', () => {
    expect(raisedLimits({ costUsd: 50 }, { costUsd: 20, tokens: 5 })).toMatchObject({ costUsd: 50, tokens: null });
  });
});

describe('the question', () => {
  it('says which budget, how much of it and over what time', () => {
    const [crossing] = budgetCrossed(
      { seconds: 5400 },
      { ...nothing, seconds: 5401.2 },
      { scope: 'project', perDays: 7 },
    );
    expect(budgetQuestion(crossing!)).toMatchObject({
      text: expect.stringContaining(
        'The project’s budget for time of the last 7 days is used up: 1 h 30 min 2 s of 1 h 30 min.',
      ),
      options: ['Raise it to 3 h and go on', stopHere],
    });
  });

  it('understands its own options, for every amount', () => {
    fc.assert(
      fc.property(kindWithAmounts, ({ kind, most, use }) => {
        const crossing = crossingOf(kind, most, use);
        const [raise, stop] = budgetQuestion(crossing).options;
        expect(readBudgetAnswer(crossing, raise!)).toEqual({ kind: 'raise', to: crossing.raiseTo });
        expect(readBudgetAnswer(crossing, stop!)).toEqual({ kind: 'stop' });
      }),
    );
  });

  it('takes another limit only when it leaves room', () => {
    fc.assert(
      fc.property(kindWithAmounts, money, ({ kind, most, use }, other) => {
        const answer = readBudgetAnswer(crossingOf(kind, most, use), String(other));
        if (answer.kind === 'raise') expect(answer.to).toBeGreaterThan(use);
        else expect(answer.kind).toBe('unclear');
      }),
    );
  });

  it.each(['stop', 'Cancel.', 'stop here', 'STOP THE RUN!'])('ends the run at %j', (answer) => {
    expect(readBudgetAnswer(crossingOf('costUsd', 1, 1), answer)).toEqual({ kind: 'stop' });
  });

  it.each([
    'yes',
    'stop at $40',
    'Stop asking, it may cost 40',
    'cancel the other one',
    '',
    'go on',
    '-3',
    'Infinity',
    '1e9',
    'a lot',
    '$',
    '10 apples',
  ])('does not guess at %j', (answer) => {
    const { kind, why } = readBudgetAnswer(crossingOf('costUsd', 1, 1), answer) as { kind: string; why: string };
    expect([kind, why]).toEqual(['unclear', expect.stringContaining('Raise it to $2.00 and go on')]);
  });
});

describe('amounts', () => {
  it.each([
    ['costUsd', '$25', 25],
    ['costUsd', '1,250.50 USD', 1250.5],
    ['tokens', '2M', 2_000_000],
    ['tokens', '1,200,000 tokens', 1_200_000],
    ['tokens', '500k', 500_000],
    ['seconds', '90', 5400],
    ['seconds', '90m', 5400],
    ['seconds', '1 h 30 min', 5400],
    ['seconds', '2 hours', 7200],
    ['attempts', '12 attempts', 12],
    ['attempts', '0', null],
  ] as const)('of %s: %s is %s', (kind, text, value) => expect(readAmount(kind, text)).toBe(value));

  it('are read as they are said', () => {
    fc.assert(
      fc.property(fc.constantFrom('tokens', 'seconds', 'attempts'), whole, (kind, value) =>
        expect(readAmount(kind, amount(kind, value))).toBe(value),
      ),
    );
  });

  it.each([
    [0.0123, '$0.0123'],
    [0.5, '$0.50'],
    [12, '$12.00'],
  ])('%s dollars are %s', (value, text) => expect(amount('costUsd', value)).toBe(text));
});
