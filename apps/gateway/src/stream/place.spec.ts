import { cursorOf, placeOf } from './place';

const end = { epoch: 'e1', position: 10, floor: 0 };

describe('a place in a stream', () => {
  it.each([
    ['its beginning', { seq: 0 }, { position: 0 }],
    ['its end', { seq: 10 }, { position: 10 }],
    ['a cursor', { cursor: cursorOf(7) }, { position: 7 }],
    ['a cursor of this epoch', { epoch: 'e1', cursor: '7' }, { position: 7 }],
    ['another epoch', { epoch: 'e0', seq: 7 }, { gap: 'epoch_changed' }],
    ['what is not there yet', { seq: 11 }, { gap: 'cursor_beyond_stream' }],
    ['a text that is no cursor', { cursor: '-1' }, { gap: 'cursor_unknown' }],
    ['no text at all', { cursor: '' }, { gap: 'cursor_unknown' }],
    ['a number beyond all numbers', { cursor: '9'.repeat(16) }, { gap: 'cursor_unknown' }],
  ])('for %s', (_what, since, place) => {
    expect(placeOf(since, end)).toEqual(place);
  });

  it.each([
    [3, { gap: 'history_pruned' }],
    [4, { position: 4 }],
  ])('at %d of a stream that is kept from 4 on', (seq, place) => {
    expect(placeOf({ seq }, { ...end, floor: 4 })).toEqual(place);
  });
});
