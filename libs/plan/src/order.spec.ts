import { parsePlan, stepOrder } from './index';

const order = (text: string): string[] => stepOrder(parsePlan(text, { projectVerify: true })).map((step) => step.key);
const marked = (id: string, parent = 'null', more = ''): string =>
  `[PLAN_STEP id="${id}" parent="${parent}"${more}]\nT\n[/PLAN_STEP]\n`;
const titled = (...numbers: string[]): string => numbers.map((number) => `### Step ${number}: T\n\nText\n\n`).join('');

describe('the order of the steps', () => {
  it("is the document's, but for what comes after something", () => {
    expect(order(titled('2', '1', '10'))).toEqual(['2', '1', '10']);
    expect(order(marked('c', 'b') + marked('d') + marked('b'))).toEqual(['d', 'b', 'c']);
    expect(order(marked('c', 'null', ' depends_on="a, b"') + marked('a') + marked('b'))).toEqual(['a', 'b', 'c']);
  });

  it('has no parents, and what comes after a parent comes after all of it', () => {
    expect(order(`${titled('3', '3a', '3b')}### Step 2: T\n\n**Depends on**: Step 3\n\n`)).toEqual(['3a', '3b', '2']);
    expect(order(`### Step 3: T\n\n**Depends on**: Step 9\n\n${titled('3a', '3b', '9')}`)).toEqual(['9', '3a', '3b']);
  });

  it('has one step of a group of alternatives', () => {
    expect(order(titled('4', '4_1', '4_2', '5'))).toEqual(['4', '5']);
    expect(order(titled('4_1', '4_2', '5'))).toEqual(['4_1', '5']);
    expect(order(titled('4a', '4b'))).toEqual(['4a', '4b']);
  });

  it('ends for steps that wait for each other', () => {
    expect(order(marked('a', 'b') + marked('b', 'a') + marked('c'))).toEqual(['c', 'a', 'b']);
  });
});
