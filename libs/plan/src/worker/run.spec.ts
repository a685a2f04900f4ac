import { isFault } from '@lockstep/contracts';
import { parsePlan, scaffold } from '../index';
import { parsePlanInWorker } from './run';

describe('reading in a thread', () => {
  it('answers what the reader itself answers', async () => {
    const text = scaffold('feature');
    expect(await parsePlanInWorker(text, { profile: 'poc' })).toEqual(parsePlan(text, { profile: 'poc' }));
  });

  it('gives up at its deadline', async () => {
    const slow = `${'> '.repeat(90)}a\n${'- '.repeat(90)}b\n`.repeat(2500);
    const fault = await parsePlanInWorker(slow, { deadlineMs: 50 }).catch((error: unknown) => error);
    expect(isFault(fault, 'plan_deadline')).toBe(true);
  });
});
