import { isFault, type PlanDocument } from '@lockstep/contracts';
import { acceptPlan, maxPlanBytes, parsePlan } from './index';
import { checkItems, maxPlanItems } from './limits';

const check = '\n**Verification**: `npm test`\n';
const step = (number: string, body = check): string => `### Task ${number}: Something\n${body}\n`;
const found = (plan: PlanDocument): string[] =>
  plan.problems.map((each) => `${each.line}:${each.column} ${each.severity} ${each.code}`);
const refusal = (text: string): unknown => {
  try {
    return acceptPlan(parsePlan(text));
  } catch (error) {
    return isFault(error) ? error.code : error;
  }
};

describe('what refuses a plan', () => {
  it('is a document without steps, and it says what was looked for', () => {
    const plan = parsePlan('# Ideas\n\n```\n### Step 1: in code\n```\n');
    expect(plan.steps).toEqual([]);
    expect(plan.problems[0]).toMatchObject({ code: 'plan_unparseable', severity: 'error', line: 1, column: 1 });
    expect(plan.problems[0]?.message).toContain('### Step 1');
    expect(refusal('nothing')).toBe('plan_unparseable');
    expect(refusal('')).toBe('plan_unparseable');
  });

  it('is a number twice', () => {
    expect(found(parsePlan(step('1') + step('1')))).toContain('5:1 error duplicate_step');
    expect(refusal(step('1') + step('1'))).toBe('plan_invalid');
  });

  it('is a parent that is not there, or steps that wait for each other', () => {
    const marked = (id: string, parent: string): string =>
      `[PLAN_STEP id="${id}" parent="${parent}"]\nT\n[/PLAN_STEP]\n`;
    expect(found(parsePlan(marked('a', 'z'), { projectVerify: true }))).toEqual(['1:1 error dangling_parent']);
    const circle = parsePlan(marked('a', 'c') + marked('b', 'a') + marked('c', 'b'), { projectVerify: true });
    expect(found(circle)).toEqual(['1:1 error cycle']);
    expect(circle.problems[0]?.message).toContain('a, b, c');
  });

  it('is a leaf without a check, unless the project has one', () => {
    expect(found(parsePlan(step('1', 'Text')))).toEqual(['1:1 error no_verification']);
    expect(refusal(step('1', 'Text'))).toBe('no_verification');
    expect(parsePlan(step('1', 'Text'), { projectVerify: true }).problems).toEqual([]);
  });

  it('is a check that is all comments, or optional', () => {
    expect(found(parsePlan(step('1', '\n**Verification**:\n```bash\n# npm test\n```\n')))).toEqual([
      '1:1 error no_verification',
    ]);
    expect(found(parsePlan(step('1', '\n**Verification** (optional):\n```bash\nnpm test\n```\n')))).toEqual([
      '1:1 error no_verification',
    ]);
  });

  it("lets the last part of a step use its parent's check", () => {
    expect(parsePlan(`${step('3')}${step('3a')}${step('3b', 'Text')}`).problems).toEqual([]);
    expect(found(parsePlan(`${step('3')}${step('3a', 'Text')}${step('3b')}`))).toEqual(['5:1 error no_verification']);
  });

  it('is a document beyond the limits, before anything reads it', () => {
    expect(found(parsePlan('x'.repeat(maxPlanBytes + 1)))).toEqual(['1:1 error plan_too_large']);
    expect(found(parsePlan(`ok\n${'> '.repeat(101)}deep`))).toEqual(['2:1 error plan_too_deep']);
    expect(found(parsePlan(`${' '.repeat(210)}- deep`))).toEqual(['1:1 error plan_too_deep']);
    expect(refusal(`${'- '.repeat(150)}deep`)).toBe('plan_too_deep');
  });

  it('is more to judge than anybody would', () => {
    const items = (length: number) => ({ criteria: parsePlan(criteria(1)).criteria, checklist: new Array(length) });
    const criteria = (count: number): string =>
      `# P\n\n## Success Criteria\n\n${'- It holds\n'.repeat(count)}\n${step('1')}`;
    expect(checkItems(items(maxPlanItems - 1))).toBeNull();
    expect(checkItems(items(maxPlanItems))).toMatchObject({ code: 'plan_too_large', severity: 'error' });
    expect(found(parsePlan(criteria(maxPlanItems + 1)))).toEqual(['1:1 error plan_too_large']);
  });

  it('is never a warning', () => {
    const plan = parsePlan(step('1 ✅'));
    expect(found(plan)).toEqual(['1:1 warning status_in_plan']);
    expect(acceptPlan(plan)).toBe(plan);
  });
});

describe('what warns', () => {
  it('finds brackets that are not filled in, and no others', () => {
    const body =
      '- [ ] Do [the thing]\n- [x](y) and `a[0]`, [link](z), [[ -f x ]]\n- `tests/test_[name]_a.py` but `app/[slug]/page.tsx`\n';
    expect(found(parsePlan(step('1', body + check)))).toEqual(['2:10 warning placeholder', '4:15 warning placeholder']);
  });

  it('finds tests apart from their code', () => {
    const text = `### Task 1: Adder\n\n**Files:**\n- Create: \`src/add.ts\`\n${check}\n### Task 2: Write tests for the adder\n\n**Files:**\n- Test: \`test/add.test.ts\`\n${check}`;
    expect(found(parsePlan(text))).toEqual(['8:1 warning tests_separated']);
  });

  it('finds steps that are too large', () => {
    expect(found(parsePlan(step('1', `${'- [ ] do\n'.repeat(30)}${check}`)))).toEqual(['1:1 warning step_too_large']);
    expect(found(parsePlan(step('1', `**Estimate**: 3 hours\n${check}`)))).toEqual(['1:1 warning step_too_large']);
  });

  it('finds a fence that is not closed and paths outside the project', () => {
    expect(found(parsePlan(step('1', `${check}\n\`\`\`js\nlet a`)))).toEqual(['5:1 warning unclosed_fence']);
    expect(found(parsePlan(step('1', `**Files**:\n- Modify: \`/etc/hosts\`\n${check}`)))).toEqual([
      '3:1 warning outside_path',
    ]);
  });

  it('misses affected tests in a template that has a place for them', () => {
    expect(
      found(parsePlan(`# P\n\n## Prerequisites\n\n## Implementation Steps\n\n### Step 1: Something\n${check}`)),
    ).toEqual(['3:1 warning no_affected_tests']);
  });
});
