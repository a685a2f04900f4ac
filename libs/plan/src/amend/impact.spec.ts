import type { PlanStep, StepStatus } from '@lockstep/contracts';
import fc from 'fast-check';
import { parsePlan, stepOrder } from '../index';
import { amendmentImpact, type RunStepState } from './impact';
import { stepsOfPlan } from './run-steps';

interface Written {
  readonly key: string;
  readonly says: string;
  readonly parts?: readonly Written[];
}

const section = ({ key, says, parts = [] }: Written): string => {
  const verification = `**Verification**:\n\`\`\`bash\nnpm test ${key}\n\`\`\``;
  return `### Step ${key}: About ${key}\n\n**Goal**: ${says}\n\n${parts.length > 0 ? '' : verification}\n\n${parts.map(section).join('')}`;
};
const planOf = (...steps: readonly Written[]) =>
  parsePlan(`# Plan\n\n## Implementation Steps\n\n${steps.map(section).join('')}\n---\n\n## Notes\n\nNone.\n`);
const step = (key: string, says = 'as before', parts: readonly Written[] = []): Written => ({ key, says, parts });
const abc = [step('1'), step('2'), step('3')];

/** The rows of a run that has come so far. */
const rowsOf = (plan: ReturnType<typeof planOf>, statuses: Readonly<Record<string, StepStatus>> = {}): RunStepState[] =>
  stepsOfPlan(plan).map((row) => ({
    ...row,
    position: row.position * 1000,
    round: 1,
    status: statuses[row.key] ?? row.status,
  }));

const told = (impact: ReturnType<typeof amendmentImpact>) =>
  impact.steps.map(({ key, effect, to, round }) => `${key} ${effect} ${to} ${round}`);

describe('the impact of an amendment', () => {
  const rows = rowsOf(planOf(...abc), { '1': 'completed', '2': 'completed' });

  it('is nothing when the text is the same', () => {
    const impact = amendmentImpact(planOf(...abc), planOf(...abc), rows);
    expect(told(impact)).toEqual(['1 keep completed 1', '2 keep completed 1', '3 keep pending 1']);
    expect([impact.groundChanged, impact.discardsWork]).toEqual([false, false]);
  });

  it('reopens a changed step and what comes after it, and nothing before', () => {
    const impact = amendmentImpact(planOf(...abc), planOf(step('1'), step('2', 'more'), step('3')), rows);
    expect(told(impact)).toEqual(['1 keep completed 1', '2 reopen pending 2', '3 keep pending 1']);
    const first = amendmentImpact(planOf(...abc), planOf(step('1', 'more'), step('2'), step('3')), rows);
    expect(told(first)).toEqual(['1 reopen pending 2', '2 reopen pending 2', '3 keep pending 1']);
    expect(first.steps.map(({ reason }) => reason)).toEqual(['its text changed', 'it comes after 1', 'not begun']);
  });

  it('puts a new step where the document has it, and reopens nothing for it', () => {
    const impact = amendmentImpact(planOf(...abc), planOf(step('1'), step('10'), step('2'), step('3')), rows);
    expect(told(impact)).toEqual([
      '1 keep completed 1',
      '10 insert pending 1',
      '2 keep completed 1',
      '3 keep pending 1',
    ]);
    const last = amendmentImpact(planOf(...abc), planOf(...abc, step('4')), rows);
    expect(told(last)[3]).toBe('4 insert pending 1');
  });

  it('skips what is no longer in the plan, and leaves what was completed in the branch', () => {
    const impact = amendmentImpact(planOf(...abc), planOf(step('2')), rows);
    expect(told(impact)).toEqual(['1 keep completed 1', '2 keep completed 1', '3 skip skipped 1']);
    expect(impact.steps[0]).toMatchObject({ change: 'removed', reason: expect.stringContaining('its commit stays') });
    expect(impact.steps[2]).toMatchObject({ change: 'removed', reason: 'no longer in the plan' });
  });

  it('says that a reopened step leaves its commits behind when it is taken away or left out', () => {
    const reopened = rows.map((row) => (row.key === '2' ? { ...row, status: 'pending' as const, round: 3 } : row));
    const [, removed] = amendmentImpact(planOf(...abc), planOf(step('1'), step('3')), reopened).steps;
    expect(removed).toMatchObject({ key: '2', effect: 'skip', to: 'skipped' });
    expect(removed?.reason).toBe('no longer in the plan; what rounds 1 to 2 committed stays in the branch');
  });

  it.each(['in_progress', 'blocked', 'needs_review'] as const)(
    'starts a step that is %s over when its text changed',
    (at) => {
      const begun = rowsOf(planOf(...abc), { '1': 'completed', '2': at });
      const impact = amendmentImpact(planOf(...abc), planOf(step('1'), step('2', 'more'), step('3')), begun);
      expect(told(impact)[1]).toBe('2 restart pending 1');
      expect(impact.discardsWork).toBe(true);
      const other = amendmentImpact(planOf(...abc), planOf(step('1'), step('2'), step('3', 'more')), begun);
      expect(told(other)[1]).toBe(`2 keep ${at} 1`);
      expect(other.discardsWork).toBe(false);
    },
  );

  it('starts a begun step over when another one comes before it now', () => {
    const begun = rowsOf(planOf(...abc), { '1': 'completed', '2': 'blocked' });
    const impact = amendmentImpact(planOf(...abc), planOf(step('1'), step('10'), step('2'), step('3')), begun);
    expect(told(impact).slice(1, 3)).toEqual(['10 insert pending 1', '2 restart pending 1']);
    expect(impact.discardsWork).toBe(true);
  });

  it('takes a parent’s text for its parts’ own, and reopens the parent with them', () => {
    const before = planOf(step('1', 'x', [step('1a'), step('1b')]), step('2'));
    const done = rowsOf(before, { '1': 'completed', '1a': 'completed', '1b': 'completed' });
    const impact = amendmentImpact(before, planOf(step('1', 'y', [step('1a'), step('1b')]), step('2')), done);
    expect(told(impact)).toEqual([
      '1 reopen pending 2',
      '1a reopen pending 2',
      '1b reopen pending 2',
      '2 keep pending 1',
    ]);
    const part = amendmentImpact(before, planOf(step('1', 'x', [step('1a'), step('1b', 'y')]), step('2')), done);
    expect(told(part)).toEqual([
      '1 reopen pending 2',
      '1a keep completed 1',
      '1b reopen pending 2',
      '2 keep pending 1',
    ]);
  });

  it('keeps the parts that the agent split off while their step is unchanged, and drops them with it', () => {
    const before = planOf(...abc);
    const split = (status: StepStatus): RunStepState[] => [
      ...rowsOf(before, { '1': 'completed', '2': 'in_progress' }).map((row) =>
        row.key === '2' ? { ...row, isLeaf: false } : row,
      ),
      { key: '2x', parent: '2', position: 1001, isLeaf: true, title: 'x', status: 'completed', round: 1, section: 'x' },
      { key: '2y', parent: '2', position: 1002, isLeaf: true, title: 'y', status, round: 1, section: 'y' },
    ];
    const kept = amendmentImpact(before, planOf(step('1'), step('2'), step('3', 'more')), split('pending'));
    expect(told(kept)).toEqual([
      '1 keep completed 1',
      '2 keep in_progress 1',
      '2x keep completed 1',
      '2y keep pending 1',
      '3 keep pending 1',
    ]);
    const dropped = amendmentImpact(before, planOf(step('1'), step('2', 'more'), step('3')), split('blocked'));
    expect(told(dropped)).toEqual([
      '1 keep completed 1',
      '2 restart pending 1',
      '2x keep completed 1',
      '2y skip skipped 1',
      '3 keep pending 1',
    ]);
  });

  it('leaves what a person skipped, and takes up what an amendment had taken out', () => {
    const skipped = rowsOf(planOf(...abc), { '1': 'skipped', '2': 'completed' });
    expect(told(amendmentImpact(planOf(...abc), planOf(...abc), skipped))[0]).toBe('1 keep skipped 1');
    const taken = planOf(step('2'), step('3'));
    expect(told(amendmentImpact(taken, planOf(...abc), skipped))[0]).toBe('1 reopen pending 1');
  });

  it('notices another baseline', () => {
    const ground = (command: string) =>
      parsePlan(
        `# P\n\n## Prerequisites\n\n### 1. Green\n\n**Baseline**:\n\`\`\`bash\n${command}\n\`\`\`\n\n## Implementation Steps\n\n${section(step('1'))}`,
      );
    const before = ground('npm test');
    expect(amendmentImpact(before, ground('npm test'), rowsOf(before)).groundChanged).toBe(false);
    expect(amendmentImpact(before, ground('npm run check'), rowsOf(before)).groundChanged).toBe(true);
  });
});

describe('whatever is amended', () => {
  const keys = ['1', '2', '3', '4', '5', '6'];
  const made = (key: string, says: string, after: readonly string[]): PlanStep =>
    ({
      ...{ key, title: key, parent: null, leaf: true, alternativeOf: null, after, status: 'pending' },
      ...{ section: `${key} ${says}`, verification: [] },
    }) as unknown as PlanStep;
  const steps = fc
    .uniqueArray(
      fc.record({ key: fc.constantFrom(...keys), says: fc.constantFrom('a', 'b'), after: fc.subarray(keys) }),
      {
        selector: ({ key }) => key,
        minLength: 1,
      },
    )
    .map((all) => ({
      steps: all.map(({ key, says, after }) =>
        made(
          key,
          says,
          after.filter((other) => other < key),
        ),
      ),
      prerequisites: [],
    }));
  const statuses = fc.array(
    fc.constantFrom<StepStatus>('pending', 'in_progress', 'blocked', 'needs_review', 'completed', 'skipped'),
    { minLength: 6, maxLength: 6 },
  );
  const amended = fc.tuple(steps, steps, statuses).map(([before, after, at]) => ({
    before,
    after,
    rows: stepsOfPlan(before).map((row, index) => ({ ...row, round: 1, status: at[index] ?? row.status })),
  }));

  it('each step of the run and of the plan is there once, in the order of execution', () => {
    fc.assert(
      fc.property(amended, ({ before, after, rows }) => {
        const all = amendmentImpact(before, after, rows).steps.map(({ key }) => key);
        const known = new Set([...rows, ...after.steps].map(({ key }) => key));
        expect([...all].sort()).toEqual([...known].sort());
        const named = new Set(after.steps.map(({ key }) => key));
        expect(all.filter((key) => named.has(key))).toEqual(stepOrder(after).map(({ key }) => key));
      }),
    );
  });

  it('a completed step stays so unless it, or something before it, is carried out again', () => {
    fc.assert(
      fc.property(amended, ({ before, after, rows }) => {
        const { steps: impact } = amendmentImpact(before, after, rows);
        impact.forEach((each, index) => {
          if (each.from !== 'completed') return;
          const names = new Set(after.steps.find(({ key }) => key === each.key)?.after);
          const open = ['pending', 'in_progress', 'blocked', 'needs_review'];
          const cause =
            each.change === 'changed' ||
            impact
              .slice(0, index)
              .some(({ effect, change, to }) => effect === 'reopen' || (change === 'changed' && open.includes(to))) ||
            impact.some(({ key, change }) => names.has(key) && change === 'added');
          const stays = each.effect === 'keep' && each.to === 'completed' && each.round === 1;
          const reopened = each.effect === 'reopen' && each.to === 'pending' && each.round === 2;
          expect({ key: each.key, stays, reopened }).toEqual({
            key: each.key,
            stays: !(cause && each.change !== 'removed'),
            reopened: cause && each.change !== 'removed',
          });
        });
      }),
    );
  });

  it('the same document again changes nothing, once one step at most was begun', () => {
    fc.assert(
      fc.property(amended, ({ before, rows }) => {
        const calm = rows.map((row) => ({
          ...row,
          status: row.status === 'completed' ? row.status : ('pending' as const),
        }));
        for (const { effect, from, to } of amendmentImpact(before, before, calm).steps)
          expect([effect, to]).toEqual(['keep', from]);
      }),
    );
  });

  it('at most the step that comes next stays begun', () => {
    fc.assert(
      fc.property(amended, ({ before, after, rows }) => {
        const open = amendmentImpact(before, after, rows).steps.filter(
          ({ to }) => to !== 'completed' && to !== 'skipped',
        );
        for (const { to } of open.slice(1)) expect(to).toBe('pending');
      }),
    );
  });
});
