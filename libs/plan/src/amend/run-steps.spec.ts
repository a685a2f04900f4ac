import type { PlanStep } from '@lockstep/contracts';
import { stepsOfPlan } from './run-steps';

const step = (key: string, more: Partial<PlanStep> = {}): PlanStep =>
  ({
    key,
    title: `Step ${key}`,
    parent: null,
    leaf: true,
    alternativeOf: null,
    after: [],
    status: 'pending',
    ...more,
  }) as PlanStep;

const rows = (...steps: PlanStep[]) => stepsOfPlan({ steps });
const keys = (...steps: PlanStep[]) => rows(...steps).map(({ key }) => key);

describe('the steps of a run', () => {
  it('are those of the plan, in order, with positions from 0', () => {
    expect(rows(step('1'), step('2'))).toEqual([
      {
        key: '1',
        parent: null,
        position: 0,
        isLeaf: true,
        title: 'Step 1',
        status: 'pending',
        summary: null,
        section: null,
      },
      {
        key: '2',
        parent: null,
        position: 1,
        isLeaf: true,
        title: 'Step 2',
        status: 'pending',
        summary: null,
        section: null,
      },
    ]);
  });

  it('follow the order of execution', () => {
    expect(keys(step('1', { after: ['2'] }), step('2'), step('3'))).toEqual(['2', '1', '3']);
  });

  it('have each parent before its children, also across levels', () => {
    const parent = { leaf: false };
    const plan = [
      step('1'),
      step('2', parent),
      step('2a', { parent: '2', leaf: false }),
      step('2a1', { parent: '2a' }),
      step('2b', { parent: '2' }),
    ];
    expect(keys(...plan)).toEqual(['1', '2', '2a', '2a1', '2b']);
    expect(rows(...plan).map(({ isLeaf }) => isLeaf)).toEqual([true, false, false, true, true]);
  });

  it('take over what the document marks as done', () => {
    const [one, two, three] = rows(
      step('1', { status: 'completed' }),
      step('2', { status: 'skipped' }),
      step('3', { status: 'blocked' }),
    );
    expect(one).toMatchObject({ status: 'completed', summary: 'before_run' });
    expect(two).toMatchObject({ status: 'skipped', summary: expect.stringContaining('plan document') });
    expect(three).toMatchObject({ status: 'pending', summary: null });
  });

  it('are done when the steps above them are, unless they say otherwise', () => {
    const done = rows(
      step('1', { leaf: false, status: 'completed' }),
      step('1a', { parent: '1' }),
      step('1b', { parent: '1', status: 'in_progress' }),
    );
    expect(done.map(({ key, status }) => [key, status])).toEqual([
      ['1', 'pending'],
      ['1a', 'completed'],
      ['1b', 'pending'],
    ]);
  });

  it('complete a parent whose children are all done', () => {
    const parents = rows(
      step('1', { leaf: false }),
      step('1a', { parent: '1', status: 'skipped' }),
      step('1b', { parent: '1', status: 'completed' }),
    );
    expect(parents[0]).toMatchObject({ key: '1', status: 'completed', summary: 'before_run' });
  });

  it('skip alternatives with all that is below them, and say so, where the document has them', () => {
    const plan = [
      step('1'),
      step('1x', { alternativeOf: '1', leaf: false }),
      step('1x1', { parent: '1x', status: 'completed' }),
      step('2'),
    ];
    expect(rows(...plan).map(({ key, status, position }) => [key, status, position])).toEqual([
      ['1', 'pending', 0],
      ['1x', 'skipped', 1],
      ['1x1', 'skipped', 2],
      ['2', 'pending', 3],
    ]);
    expect(rows(...plan)[2]?.summary).toBe('not carried out: an alternative to step 1');
  });

  it('bear parents that go in a circle', () => {
    expect(
      keys(
        step('1', { parent: '2', leaf: false }),
        step('2', { parent: '1', leaf: false }),
        step('3', { parent: '1' }),
      ),
    ).toHaveLength(3);
  });
});
