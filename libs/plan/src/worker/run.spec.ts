import { isFault } from '@lockstep/contracts';
import { parsePlan, scaffold } from '../index';
import { PlanReaders } from './run';

const slow = `${'> '.repeat(90)}a\n${'- '.repeat(90)}b\n`.repeat(2500);
const faultOf = (reading: Promise<unknown>): Promise<unknown> => reading.catch((error: unknown) => error);

describe('reading in threads', () => {
  const readers = new PlanReaders();
  afterEach(() => readers.stop());

  it('answers what the reader itself answers', async () => {
    const text = scaffold('feature');
    expect(await readers.read(text, { profile: 'poc' })).toEqual(parsePlan(text, { profile: 'poc' }));
  });

  it('gives up at its deadline', async () => {
    expect(isFault(await faultOf(readers.read(slow, { deadlineMs: 50 })), 'plan_deadline')).toBe(true);
  });

  it('reads on in the thread that it keeps, several plans at once, and after a thread that was given up', async () => {
    readers.start();
    const texts = (['feature', 'poc', 'staged'] as const).map((profile) => scaffold(profile));
    const read = (): Promise<unknown[]> => Promise.all(texts.map((text) => readers.read(text)));
    expect(await read()).toEqual(texts.map((text) => parsePlan(text)));
    expect(isFault(await faultOf(readers.read(slow, { deadlineMs: 50 })), 'plan_deadline')).toBe(true);
    expect(await read()).toEqual(texts.map((text) => parsePlan(text)));
  });
});
