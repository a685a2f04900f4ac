import fc from 'fast-check';
import { feedSubprotocol } from '@lockstep/contracts';
import { bearerOf, chooseProtocol } from './admission';
import { FrameAllowance } from './frame-allowance';
import { readFrame } from './read-frame';

describe('reading a message', () => {
  it('gives a frame of the protocol', () => {
    const frame = { type: 'subscribe', id: 'a', channel: 'run:x', since: { seq: 3 } };
    expect(readFrame(JSON.stringify(frame))).toEqual(frame);
  });

  it('never throws, and says what is wrong in few words', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.uint8Array(), fc.anything()), (message) => {
        const read = readFrame(message);
        expect(read.type).toBe('malformed');
        expect('detail' in read && read.detail.length).toBeLessThanOrEqual(300);
      }),
    );
  });
});

describe('the allowance of frames', () => {
  it('lets a burst through, then so many a second', () => {
    const allowance = new FrameAllowance(3, 2, 0);
    const taken = [0, 0, 0, 0, 499, 500, 999, 1_000].map((now) => allowance.take(now));
    expect(taken).toEqual([true, true, true, false, false, true, false, true]);
  });

  it('never saves up more than a burst', () => {
    const allowance = new FrameAllowance(2, 10, 0);
    expect([1, 2, 3].map(() => allowance.take(1_000_000))).toEqual([true, true, false]);
  });
});

describe('the handshake', () => {
  it('takes our subprotocol among others, and the first where ours is not offered', () => {
    expect(chooseProtocol(new Set(['a', feedSubprotocol]))).toBe(feedSubprotocol);
    expect(chooseProtocol(new Set(['a', 'b']))).toBe('a');
    expect(chooseProtocol(new Set())).toBe(false);
  });

  it.each([
    [{ authorization: 'Bearer lst_abc' }, 'lst_abc'],
    [{ authorization: 'bearer  lst_abc ' }, 'lst_abc'],
    [{ authorization: 'Basic eDp5' }, undefined],
    [{}, undefined],
  ])('finds the token in %j', (headers, token) => {
    expect(bearerOf({ headers })).toBe(token);
  });
});
