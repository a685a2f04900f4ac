import { isFault } from '@lockstep/contracts';
import { parsePlan, scaffold } from '../index';
import { PlanReaders } from './run';

const text = scaffold('feature');
const slow = `${'> '.repeat(90)}a\n${'- '.repeat(90)}b\n`.repeat(2500);

describe('reading in threads', () => {
  const readers = new PlanReaders();
  beforeAll(() => readers.start());
  afterAll(() => readers.stop());

  it('answers what the reader itself answers, plan after plan', async () => {
    for (const profile of ['poc', 'feature'])
      expect(await readers.read(text, { profile })).toEqual(parsePlan(text, { profile }));
  });

  it('gives up at its deadline, and reads on in another thread', async () => {
    const fault = await readers.read(slow, { deadlineMs: 50 }).catch((error: unknown) => error);
    expect(isFault(fault, 'plan_deadline')).toBe(true);
    expect(await readers.read(text)).toEqual(parsePlan(text));
  });
});
