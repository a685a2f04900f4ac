import { fixedClock } from './fixed-clock';
import { waitFor } from './wait-for';

describe('waitFor', () => {
  it('gives back what the condition came to', async () => {
    let looks = 0;
    const value = await waitFor(() => (++looks > 2 ? { looks } : undefined), { what: 'three looks', everyMs: 1 });
    expect(value).toEqual({ looks: 3 });
  });

  it('says what it waited for, and what it saw last', async () => {
    const waiting = waitFor(() => false, { what: 'the run to end', timeoutMs: 5, everyMs: 1 });
    await expect(waiting).rejects.toThrow('Waited 5 ms in vain for the run to end. Last seen: false.');
  });

  it('takes an error as "not yet", and shows the last one', async () => {
    const failing = (): Promise<boolean> => Promise.reject(new Error('no such row'));
    const waiting = waitFor(failing, { what: 'the row', timeoutMs: 5, everyMs: 1 });
    await expect(waiting).rejects.toMatchObject({
      message: expect.stringContaining('no such row'),
      cause: expect.any(Error),
    });
  });
});

describe('fixedClock', () => {
  it('moves only when told to, and hands out copies', () => {
    const clock = fixedClock('2030-01-01T00:00:00.000Z');
    clock.now().setFullYear(1999);
    expect(clock.advance(1500).toISOString()).toBe('2030-01-01T00:00:01.500Z');
    expect(clock.now().toISOString()).toBe('2030-01-01T00:00:01.500Z');
    expect(() => fixedClock('soon')).toThrow('ISO time');
  });
});
